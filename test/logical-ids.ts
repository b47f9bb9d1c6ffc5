/** The logical ids of what holds data. Written by hand: whoever changes a line here has users' buckets replaced. New ones may be added. */
export const LOGICAL_IDS: Record<string, Record<string, string[]>> = {
  'the default lake': {
    'AWS::S3::Bucket': [
      'LakeAccessLogsBucket6E9F3610', 'LakeWorkgroupResultsB84DF573', 'LakeZonecuratedBucket51054459', 'LakeZonedropBucket5CEB4518',
      'LakeZonerawBucketD7F34696', 'LakeZonesandboxBucket90A2704A',
    ],
    'AWS::KMS::Key': [
      'LakeCatalogSecurityKeyA82595BB', 'LakeWorkgroupKey6124F5ED', 'LakeZonecuratedKey5EE8E54D', 'LakeZonedropKey2734CE18',
      'LakeZonerawKey8D6D0ACD', 'LakeZonesandboxKeyD4801BDB',
    ],
    'AWS::Glue::Database': [
      'LakeCatalogDatabasecurated217CCDC9', 'LakeCatalogDatabasedropC37B3576', 'LakeCatalogDatabaseraw056FCE1D',
      'LakeCatalogDatabasesandbox69165BB6',
    ],
    'AWS::Glue::Table': [
      'LakeCurationTable0B92C669',
    ],
    'AWS::SQS::Queue': [
      'LakeDeadLetterQueueAB60597C', 'LakeZonedropStreamincomingQueue08FAF01A', 'LakeZonerawStreamincomingQueue1D36C109',
    ],
    'AWS::Logs::LogGroup': [
      'LakeCatalogArrivalCheckLog6AE3C83E', 'LakeCatalogCrawlercuratedLogE13A70BC', 'LakeCatalogCrawlerdropLog9C6584A5', 'LakeCatalogCrawlerrawLog7EC7B008',
      'LakeCatalogCrawlersandboxLogA5A01209', 'LakeCatalogTablecloseddealsErrorLog982BF7C8', 'LakeCatalogTablecloseddealsLog66FBD77C',
      'LakeCatalogTableorderitemsErrorLog80B9501D', 'LakeCatalogTableorderitemsLog69394253', 'LakeCatalogTableorderreviewsErrorLogB13FA169',
      'LakeCatalogTableorderreviewsLog23AD64A2', 'LakeCurationJobErrorLog8E735B11', 'LakeCurationJobLog6915C975',
      'LakeZonedropStreamincomingLogs04493711', 'LakeZonerawStreamincomingLogs9B981DB8',
    ],
    'AWS::Athena::WorkGroup': [
      'LakeWorkgroup5C72038A',
    ],
  },
  'a lake with zones and streams of its own': {
    'AWS::S3::Bucket': [
      'LakeAccessLogsBucket6E9F3610', 'LakeWorkgroupResultsB84DF573', 'LakeZoneinboxBucket578C7AE1', 'LakeZoneinstoreBucketCB2249A0',
      'LakeZonelab1Bucket317A9588', 'LakeZonemart2Bucket46F588C0',
    ],
    'AWS::KMS::Key': [
      'LakeCatalogSecurityKeyA82595BB', 'LakeWorkgroupKey6124F5ED', 'LakeZoneinboxKey47F2AC28', 'LakeZoneinstoreKey453796E8',
      'LakeZonelab1KeyE32FB9FF', 'LakeZonemart2KeyF7A93907',
    ],
    'AWS::Glue::Database': [
      'LakeCatalogDatabaseinbox67989BF1', 'LakeCatalogDatabaseinstoreD3CF4A60', 'LakeCatalogDatabaselab1D00A242B',
      'LakeCatalogDatabasemart29CF42386',
    ],
    'AWS::Glue::Table': [
      'LakeCurationTable0B92C669',
    ],
    'AWS::SQS::Queue': [
      'LakeDeadLetterQueueAB60597C', 'LakeZoneinboxStreamwebclicksQueue2F94C9DD', 'LakeZoneinboxStreamwebviewsQueue548410D6',
    ],
    'AWS::Logs::LogGroup': [
      'LakeCatalogArrivalCheckLog6AE3C83E', 'LakeCatalogCrawlerinboxLogAA888F06', 'LakeCatalogCrawlerinstoreLogE81572B2', 'LakeCatalogCrawlerlab1LogC0244DA5',
      'LakeCatalogCrawlermart2Log22F4B18F', 'LakeCatalogTableorders2ErrorLog1E20212F', 'LakeCatalogTableorders2LogB8E6555E',
      'LakeCatalogTablewebordersErrorLog12E712F4', 'LakeCatalogTablewebordersLogA2513AE1', 'LakeCurationJobErrorLog8E735B11',
      'LakeCurationJobLog6915C975', 'LakeZoneinboxStreamwebclicksLogsBA70804D', 'LakeZoneinboxStreamwebviewsLogs16355C2A',
    ],
    'AWS::Athena::WorkGroup': [
      'LakeWorkgroup5C72038A',
    ],
  },
  'a DataLakeZone': {
    'AWS::S3::Bucket': [
      'DropAccessLogsBucket4810CAC9', 'DropBucketB8FC0BC9', 'RawAccessLogsBucketD9B9E98E', 'RawBucket672A0DBB',
    ],
    'AWS::KMS::Key': [
      'DropKey2C5F9C90', 'RawKey9F610D0B',
    ],
    'AWS::SQS::Queue': [
      'DropDeadLetterQueueDD625939', 'DropStreamincomingQueue7F1AD7CB',
    ],
    'AWS::Logs::LogGroup': [
      'DropStreamincomingLogs86D5010F',
    ],
  },
  'a ZonedGlueCatalog and a CuratedTrigger': {
    'AWS::S3::Bucket': [
      'aAccessLogsBucket0F146063', 'aBucketA1D38BA3', 'bAccessLogsBucketA4DD9EBB', 'bBucketBD7EEA57', 'cAccessLogsBucket458C68B3',
      'cBucketFC2AB14A',
    ],
    'AWS::KMS::Key': [
      'CatalogSecurityKey3B27F943', 'aKey38618886', 'bKey1383966C', 'cKey88206CEF',
    ],
    'AWS::Glue::Database': [
      'CatalogDatabasea8C1FBCE0', 'CatalogDatabaseb53A51567', 'CatalogDatabasec31EAB598',
    ],
    'AWS::Glue::Table': [
      'CurationTableADFC18D5',
    ],
    'AWS::Logs::LogGroup': [
      'CatalogArrivalCheckLog20C5F607', 'CatalogCrawleraLogB13D8A63', 'CatalogCrawlerbLog60048084', 'CatalogCrawlercLog8016CEF5', 'CatalogTablecloseddealsErrorLogFF008858',
      'CatalogTablecloseddealsLogAC3F64D4', 'CatalogTableorderitemsErrorLog2163D062', 'CatalogTableorderitemsLogE3C8A7AC',
      'CatalogTableorderreviewsErrorLog11E935C2', 'CatalogTableorderreviewsLog38D88A67', 'CurationJobErrorLogE54EF329', 'CurationJobLogEE9A7C87',
    ],
  },
  'an AthenaWorkgroup': {
    'AWS::S3::Bucket': [
      'WorkgroupAccessLogsBucketEDC30B03', 'WorkgroupResults2F0EB9CE',
    ],
    'AWS::KMS::Key': [
      'WorkgroupKeyD9CD95FD',
    ],
    'AWS::Athena::WorkGroup': [
      'Workgroup97F88843',
    ],
  },
};
