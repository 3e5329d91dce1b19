import { snakeCase } from './columns.ts';

/** Words in a field's name that speak for personal data. */
const NAME_WORDS =
  /(^|_)(e_?mail|mail|phone|mobile|tel|telephone|fax|iban|card_number|pan|ssn|passport|tax_id|(first|last|full|given|family|middle|sur|user|customer|contact|owner|person|holder|recipient|author|employee|patient)_?name|surname|birth|birthday|birthdate|dob|street|postal_address|home_address|ip|ip_address)(_|$)/;
/** Objects about a person: a plain `name` or `address` in one is personal. */
const PERSON =
  /(^|_)(customer|user|person|contact|owner|recipient|author|employee|patient|buyer|seller)(_|$)/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+\d[\d ()./-]{6,20}$|^\(?0\d{1,5}\)?[ /-][\d ()./-]{4,15}$/;
const IBAN = /^[A-Z]{2}\d{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}$/;
const CARD = /^\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}$/;

/** Whether a field's name, or that of the object around it, speaks for personal data. */
export function namedPersonal(key: string, parent: string | null): boolean {
  const name = snakeCase(key);
  return (
    NAME_WORDS.test(name) ||
    (/^(name|address)$/.test(name) && parent !== null && PERSON.test(snakeCase(parent)))
  );
}

/** What personal data some texts look like, or null. */
export function personalTexts(texts: readonly string[]): string | null {
  if (texts.some((text) => EMAIL.test(text))) return 'an e-mail address';
  if (texts.some((text) => IBAN.test(text))) return 'an IBAN';
  if (texts.some((text) => PHONE.test(text))) return 'a phone number';
  // One long number in ten passes by chance.
  const cards = texts.filter((text) => CARD.test(text));
  const passing = cards.filter((text) => passesLuhn(text.replace(/\D/g, '')));
  return passing.length * 2 > cards.length ? 'a card number' : null;
}

/** Whether anything inside a JSON value looks personal, by name or by text. */
export function holdsPersonal(value: unknown): boolean {
  if (typeof value === 'string') return personalTexts([value]) !== null;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => namedPersonal(key, null) || holdsPersonal(member));
}

/** ISO/IEC 7812-1's check digit; without it any long number would look like a card. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
