import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { awsError } from '../../errors/aws-error.ts';
import { noticeJson, noticeLine } from '../../quality/alerts/notice-words.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';

/** SNS refuses longer subjects, and subjects that are not ASCII (Publish). */
const MAX_SUBJECT = 100;
const NOT_ASCII = /[^\x20-\x7e]/g;

/** Publishes one message per notification: the subject is for people's mail, the body is JSON for programs. */
export function snsSink(client: SNSClient, topicArn: string): AlertSink {
  return {
    name: 'sns',
    send: async (notices) => {
      for (const notice of notices) {
        const Subject = noticeLine(notice).replaceAll(NOT_ASCII, '?').slice(0, MAX_SUBJECT);
        const Message = JSON.stringify(noticeJson(notice), null, 2);
        try {
          await client.send(new PublishCommand({ TopicArn: topicArn, Subject, Message }));
        } catch (cause) {
          throw awsError('publishing an alert', cause);
        }
      }
    },
  };
}
