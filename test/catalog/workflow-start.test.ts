import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { WorkflowStart } from '../../src';

test('new data starts the workflow: by default after 100 objects or 15 minutes', () => {
  const { triggerType, batchSize, batchWindow, schedule } = WorkflowStart.onNewData().bind();
  expect({ triggerType, batchSize, seconds: batchWindow?.toSeconds(), schedule }).toEqual({ triggerType: 'EVENT', batchSize: 100, seconds: 900, schedule: undefined });
});

test('batch size and window are obeyed, at the limits too', () => {
  const small = WorkflowStart.onNewData({ batchSize: 1, batchWindow: Duration.seconds(1) }).bind();
  expect([small.batchSize, small.batchWindow?.toSeconds()]).toEqual([1, 1]);
  const large = WorkflowStart.onNewData({ batchSize: 100, batchWindow: Duration.minutes(15) }).bind();
  expect([large.batchSize, large.batchWindow?.toSeconds()]).toEqual([100, 900]);
});

test.each([0, 101, 1.5])('a batch of %p events is refused', (batchSize) => {
  expect(() => WorkflowStart.onNewData({ batchSize })).toThrow(`batchSize must be a whole number from 1 to 100 events, got ${batchSize}`);
});

test.each([[Duration.seconds(0), '0 seconds'], [Duration.minutes(16), '16 minutes']])('a window of %p is refused', (batchWindow, text) => {
  expect(() => WorkflowStart.onNewData({ batchWindow })).toThrow(`batchWindow must be between 1 second and 15 minutes, got ${text}`);
});

test('a window is given in whole seconds', () => {
  expect(() => WorkflowStart.onNewData({ batchWindow: Duration.millis(1500) })).toThrow('batchWindow of 1 second 500 millis is not in whole seconds');
});

test('a schedule is a cron expression', () => {
  expect(WorkflowStart.schedule(events.Schedule.cron({ minute: '30', hour: '4' })).bind()).toEqual({ triggerType: 'SCHEDULED', schedule: 'cron(30 4 * * ? *)' });
  expect(() => WorkflowStart.schedule(events.Schedule.rate(Duration.hours(1))))
    .toThrow('schedule "rate(1 hour)" is not a cron expression: AWS Glue has no rates, use events.Schedule.cron()');
});

test('hourly is on the hour', () => {
  expect(WorkflowStart.hourly().bind()).toEqual({ triggerType: 'SCHEDULED', schedule: 'cron(0 * * * ? *)' });
});

test('on demand', () => {
  expect(WorkflowStart.onDemand().bind()).toEqual({ triggerType: 'ON_DEMAND' });
});

test.each(['*', '0/4', '*/1', '10,13', '0-3'])('minutes %s are more often than Glue starts anything', (minute) => {
  expect(() => WorkflowStart.schedule(events.Schedule.cron({ minute })))
    .toThrow(`schedule "cron(${minute} * * * ? *)" starts more often than every five minutes, which AWS Glue does not support: leave more time between`);
});

test.each(['0', '3', '0/5', '*/15', '0,30', '10-50/10'])('minutes %s are not', (minute) => {
  expect(() => WorkflowStart.schedule(events.Schedule.cron({ minute }))).not.toThrow();
});
