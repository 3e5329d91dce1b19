import { snakeCase } from './columns.ts';

/** Words in a field's name that suggest personal data. */
const NAME_WORDS =
  /(^|_)(e_?mail|mail|phone|mobile|tel|telephone|fax|iban|card_number|pan|ssn|passport|tax_id|(first|last|full|given|family|middle|sur|user|customer|contact|owner|person|holder|recipient|author|employee|patient)_?name|surname|birth|birthday|birthdate|dob|street|postal_address|home_address|ip|ip_address)(_|$)/;
/** Objects about a person: a plain `name` or `address` in one is personal. */
const PERSON =
  /(^|_)(customer|user|person|contact|owner|recipient|author|employee|patient|buyer|seller)(_|$)/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+\d[\d ()./-]{6,20}$|^\(?0\d{1,5}\)?[ /-][\d ()./-]{4,15}$/;
const IBAN = /^[A-Z]{2}\d{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}$/;
const CARD = /^\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}$/;

/** Whether a field's name, or that of the object around it, suggests personal data. */
export function namedPersonal(key: string, parent: string | null): boolean {
  const name = snakeCase(key);
  return (
    NAME_WORDS.test(name) ||
    (/^(name|address)$/.test(name) && parent !== null && PERSON.test(snakeCase(parent)))
  );
}

/** The kind of personal data that a text looks like. 'digits': a card number with a wrong check digit. */
export type PersonalLook = 'email' | 'iban' | 'phone' | 'card' | 'digits';

/** The kind of personal data that one text looks like, or null. */
export function lookOf(text: string): PersonalLook | null {
  if (EMAIL.test(text)) return 'email';
  if (IBAN.test(text) && passesMod97(text)) return 'iban';
  if (PHONE.test(text)) return 'phone';
  if (!CARD.test(text)) return null;
  return passesLuhn(text.replace(/\D/g, '')) ? 'card' : 'digits';
}

/** The kind of personal data that texts look like, by the number of texts of each look; or null. */
export function personalLook(looks: ReadonlyMap<PersonalLook, number>): string | null {
  const seen = (look: PersonalLook): number => looks.get(look) ?? 0;
  if (seen('email') > 0) return 'an e-mail address';
  if (seen('iban') > 0) return 'an IBAN';
  if (seen('phone') > 0) return 'a phone number';
  // One long number in ten has a valid check digit by chance.
  return seen('card') > seen('digits') ? 'a card number' : null;
}

/** Whether anything inside a JSON value looks personal, by name or by text. */
export function holdsPersonal(value: unknown): boolean {
  if (typeof value === 'string') {
    const look = lookOf(value);
    return look !== null && look !== 'digits';
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => namedPersonal(key, null) || holdsPersonal(member));
}

/** The check digit of ISO/IEC 7812-1. Without it, any long number would look like a card number. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** The check digits of ISO 13616: with the first four characters moved to the end, the number is 1 modulo 97. */
function passesMod97(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  const digits = [...`${plain.slice(4)}${plain.slice(0, 4)}`].map((each) => Number.parseInt(each, 36));
  return digits.reduce((rest, value) => (rest * (value > 9 ? 100 : 10) + value) % 97, 0) === 1;
}
