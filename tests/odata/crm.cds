// The tables and columns of BPMSoft that `mango` uses (bpmsoft-odata §4), as this server's own language has them.
// A lookup is two members: the column `AccountId`, and `Account` which leads to the row.

@path: '/odata'
service crm {

  entity Contact {
    key Id          : UUID;
        Name        : String(250);
        AccountId   : UUID;
        Account     : Association to Account on Account.Id = AccountId;
        JobTitle    : String(250);
        TypeId      : UUID;
        Email       : String(250);
        Notes       : LargeString;
        Phone       : String(250);
        MobilePhone : String(250);
        HomePhone   : String(250);
        ContactCommunicationCollectionByContact : Association to many ContactCommunication
          on ContactCommunicationCollectionByContact.ContactId = Id;
  }

  entity Account {
    key Id              : UUID;
        Name            : String(250);
        Web             : String(250);
        Notes           : LargeString;
        Phone           : String(250);
        AdditionalPhone : String(250);
        Fax             : String(250);
        AccountCommunicationCollectionByAccount : Association to many AccountCommunication
          on AccountCommunicationCollectionByAccount.AccountId = Id;
  }

  aspect Communicated {
    key Id                  : UUID;
        CommunicationTypeId : UUID;
        Number              : String(250);
        SearchNumber        : String(50);
  }

  entity ContactCommunication : Communicated {
    ContactId : UUID;
    Contact   : Association to Contact on Contact.Id = ContactId;
  }

  entity AccountCommunication : Communicated {
    AccountId : UUID;
    Account   : Association to Account on Account.Id = AccountId;
  }

  entity Communication {
    key Id   : UUID;
        Code : String(50);
  }

  entity ComTypebyCommunication {
    key Id                  : UUID;
        CommunicationTypeId : UUID;
        CommunicationId     : UUID;
        Communication       : Association to Communication on Communication.Id = CommunicationId;
  }

  entity CallDirection {
    key Id   : UUID;
        Name : String(250);
  }

  entity Call {
    key Id                   : UUID;
        IntegrationId        : String(250);
        CallerId             : String(250);
        CalledId             : String(250);
        StartDate            : Timestamp;
        EndDate              : Timestamp;
        Duration             : Integer;
        BeforeConnectionTime : Integer;
        TalkTime             : Integer;
        HoldTime             : Integer;
        DirectionId          : UUID;
        Direction            : Association to CallDirection on Direction.Id = DirectionId;
        Caption              : String(250);
        ContactId            : UUID;
        Contact              : Association to Contact on Contact.Id = ContactId;
        AccountId            : UUID;
        Account              : Association to Account on Account.Id = AccountId;
        ActivityId           : UUID;
        Activity             : Association to Activity on Activity.Id = ActivityId;
        ResultId             : UUID;
        Result               : Association to ActivityResult on Result.Id = ResultId;
        Comment              : String(500);
        Notes                : LargeString;
  }

  entity CallFile {
    key Id     : UUID;
        Name   : String(250);
        CallId : UUID;
        TypeId : UUID;
        Size   : Integer;
        Data   : LargeBinary @Core.MediaType: 'application/octet-stream';
  }

  entity Activity {
    key Id                 : UUID;
        Title              : String(500);
        StartDate          : Timestamp;
        DueDate            : Timestamp;
        ActivityCategoryId : UUID;
        TypeId             : UUID;
        StatusId           : UUID;
        Status             : Association to ActivityStatus on Status.Id = StatusId;
        OwnerId            : UUID;
        Owner              : Association to Contact on Owner.Id = OwnerId;
        ContactId          : UUID;
        Contact            : Association to Contact on Contact.Id = ContactId;
        AccountId          : UUID;
        Account            : Association to Account on Account.Id = AccountId;
        ResultId           : UUID;
        Result             : Association to ActivityResult on Result.Id = ResultId;
        DetailedResult     : String(500);
        Notes              : LargeString;
  }

  entity ActivityStatus {
    key Id     : UUID;
        Name   : String(250);
        Finish : Boolean;
  }

  entity ActivityCategory {
    key Id   : UUID;
        Name : String(250);
  }

  entity ActivityResult {
    key Id   : UUID;
        Name : String(250);
  }

  entity ActivityCategoryResultEntry {
    key Id                 : UUID;
        ActivityResultId   : UUID;
        ActivityResult     : Association to ActivityResult on ActivityResult.Id = ActivityResultId;
        ActivityCategoryId : UUID;
        ActivityCategory   : Association to ActivityCategory on ActivityCategory.Id = ActivityCategoryId;
  }

  entity SysAdminUnit {
    key Id        : UUID;
        Name      : String(250);
        ContactId : UUID;
  }
}
