//! Ids that are the same in every installation (bpmsoft-odata §4).

pub(super) const ADMINISTRATOR: &str = "410006e1-ca4e-4502-a9ec-e54d922d2c00";
pub(super) const ALL_EMPLOYEES: &str = "a29a3ba5-4b0d-de11-9a51-005056c00008";

pub(super) const WORK_PHONE: &str = "3dddb3cc-53ee-49c4-a71f-e9e257f59e49";
pub(super) const MOBILE_PHONE: &str = "d4a2dc80-30ca-df11-9b2a-001d60e938c6";
pub(super) const HOME_PHONE: &str = "0da6a26b-d7bc-df11-b00f-001d60e938c6";
pub(super) const MAIN_PHONE: &str = "6a3fb10c-67cc-df11-9b2a-001d60e938c6";
pub(super) const ADDITIONAL_PHONE: &str = "2b387201-67cc-df11-9b2a-001d60e938c6";
pub(super) const OTHER_PHONE: &str = "21c0d693-9a52-43fa-b7f1-c6d8b53975d4";
pub(super) const EXTENSION: &str = "e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a";
pub(super) const FAX: &str = "9a7ab41b-67cc-df11-9b2a-001d60e938c6";
pub(super) const EMAIL: &str = "ee1c85c3-cfcb-df11-9b2a-001d60e938c6";
pub(super) const SKYPE: &str = "09e4bda6-cfcb-df11-9b2a-001d60e938c6";
pub(super) const WEB: &str = "6a8ba927-67cc-df11-9b2a-001d60e938c6";
pub(super) const FACEBOOK: &str = "2795dd03-bacf-e011-92c3-00155d04c01d";

pub(super) const PHONE: &str = "e037f25a-d7bc-df11-b00f-001d60e938c6";
pub(super) const SMS: &str = "a09511b4-13f0-e011-a86b-00155d04c01d";

pub(super) const INCOMING: &str = "1d96a65f-2131-4916-8825-2d142b1000b2";
pub(super) const OUTGOING: &str = "53f71b5f-7e17-4cf5-bf14-6a59212db422";
pub(super) const NO_DIRECTION: &str = "c072be2c-3d82-4468-9d4a-6db47d1f4cca";

pub(super) const CALL_COMPLETED: &str = "632afdd2-f616-4ea6-87d2-8ed38eed8aff";
pub(super) const CALL_CANCELLED: &str = "fc7d2e5e-f36b-1410-6698-00155d043204";
pub(super) const NEUTRAL: &str = "4fd40914-23a7-415d-bb56-14fed5092551";
pub(super) const FAIL: &str = "4db33cbc-ba7c-4103-9887-6b39b8d36b77";
pub(super) const POSITIVE: &str = "1d2e48f2-c5fd-417d-9551-30e71f35df3d";

pub(super) const FILE: &str = "529bc2f8-0ee0-df11-971b-001d60e938c6";
pub(super) const LINK: &str = "539bc2f8-0ee0-df11-971b-001d60e938c6";
pub(super) const RECORD_LINK: &str = "549bc2f8-0ee0-df11-971b-001d60e938c6";

pub(super) const TASK: &str = "fbe0acdc-cfc0-df11-b00f-001d60e938c6";
pub(super) const TYPE_CALL: &str = "e1831dec-cfc0-df11-b00f-001d60e938c6";
pub(super) const TYPE_EMAIL: &str = "e2831dec-cfc0-df11-b00f-001d60e938c6";
pub(super) const TYPE_VISIT: &str = "e3831dec-cfc0-df11-b00f-001d60e938c6";

pub(super) const TO_DO: &str = "f51c4643-58e6-df11-971b-001d60e938c6";
pub(super) const CATEGORY_CALL: &str = "e52bd583-7825-e011-8165-00155d043204";
pub(super) const CALL_AS_TASK: &str = "03df85bf-6b19-4dea-8463-d5d49b80bb28";
pub(super) const MEETING: &str = "42c74c49-58e6-df11-971b-001d60e938c6";
pub(super) const CATEGORY_EMAIL: &str = "8038a396-7825-e011-8165-00155d043204";
pub(super) const PAPERWORK: &str = "2365ae4f-58e6-df11-971b-001d60e938c6";

pub(super) const NOT_STARTED: &str = "384d4b84-58e6-df11-971b-001d60e938c6";
pub(super) const IN_PROGRESS: &str = "394d4b84-58e6-df11-971b-001d60e938c6";
pub(super) const DONE: &str = "4bdbb88f-58e6-df11-971b-001d60e938c6";
pub(super) const CANCELLED: &str = "201cfba8-58e6-df11-971b-001d60e938c6";
pub(super) const MEDIUM: &str = "ab96fa02-7fe6-df11-971b-001d60e938c6";

pub(super) const CONTACT_PERSON: &str = "806732ee-f36b-1410-a883-16d83cab0980";
pub(super) const CLIENT_PERSON: &str = "00783ef6-f36b-1410-a883-16d83cab0980";
pub(super) const EMPLOYEE: &str = "60733efc-f36b-1410-a883-16d83cab0980";
pub(super) const CLIENT_COMPANY: &str = "03a75490-53e6-df11-971b-001d60e938c6";
pub(super) const OUR_COMPANY: &str = "57412fad-53e6-df11-971b-001d60e938c6";

pub(super) const CALL_SCHEMA: &str = "2f81fa05-11ae-400d-8e07-5ef6a620d1ad";
