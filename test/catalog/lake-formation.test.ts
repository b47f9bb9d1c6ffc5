import { Match, Template } from 'aws-cdk-lib/assertions';
import { catalogOf } from './support';
import { LakeFormation } from '../../src';
import { nagErrors } from '../private/nag';

const TO_IAM = { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' };

test('by default the account\'s settings hold', () => {
  const template = Template.fromStack(catalogOf().stack);
  template.resourceCountIs('AWS::LakeFormation::PrincipalPermissions', 0);
  template.allResourcesProperties('AWS::Glue::Database', { DatabaseInput: { CreateTableDefaultPermissions: Match.absent() } });
});

test('iamOnly: IAM decides about each database, and about each table that is made in it', () => {
  const { stack, catalog } = catalogOf({ lakeFormation: LakeFormation.iamOnly() });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::Glue::Database', { DatabaseInput: { CreateTableDefaultPermissions: [{ Permissions: ['ALL'], Principal: TO_IAM }] } });
  const grants = Object.values<any>(template.findResources('AWS::LakeFormation::PrincipalPermissions')).map(({ Properties }) => Properties);
  expect(grants).toHaveLength(3);
  expect(grants).toEqual(expect.arrayContaining(['drop', 'raw', 'curated'].map((zone) => ({
    Principal: TO_IAM,
    Permissions: ['ALL'],
    PermissionsWithGrantOption: [],
    Resource: { Database: { CatalogId: { Ref: 'AWS::AccountId' }, Name: stack.resolve(catalog.databaseName(zone)) } },
  }))));
});

test('iamOnly replaces no database', () => {
  const databases = (props: object) => Object.keys(Template.fromStack(catalogOf(props).stack).findResources('AWS::Glue::Database'));
  expect(databases({ lakeFormation: LakeFormation.iamOnly() })).toEqual(databases({}));
});

test('cdk-nag finds nothing', () => {
  expect(nagErrors(catalogOf({ lakeFormation: LakeFormation.iamOnly() }).stack).filter((line) => line.includes('Test/Catalog'))).toEqual([]);
});
