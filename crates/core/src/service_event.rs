//! Records of what the installation does by itself, without a caller: `AwsServiceEvent`s. Source:
//! CloudTrail User Guide, "Non-API events: AWS service events".

use crate::chain::Turn;
use claviger_trail::{EventType, Json, Record, Resource, UserIdentity};
use claviger_types::{AccountId, RegionName, uuid_v4};

/// One service event.
pub(crate) struct ServiceEvent {
    pub(crate) source: &'static str,
    pub(crate) name: &'static str,
    pub(crate) account: AccountId,
    pub(crate) region: RegionName,
    pub(crate) resources: Vec<Resource>,
    pub(crate) details: Option<Json>,
}

impl ServiceEvent {
    /// Adds the event's record to a turn.
    pub(crate) fn record(self, turn: &mut Turn<'_>) {
        let record = self.built(turn);
        turn.add_record(record);
    }

    /// Adds the record of an event that AWS writes down as an API call of its own, with a request
    /// id and the response elements.
    pub(crate) fn record_as_call(self, response: Option<Json>, turn: &mut Turn<'_>) {
        let request_id = Some(uuid_v4(turn.entropy()));
        let record = Record {
            event_type: EventType::AwsApiCall,
            request_id,
            response_elements: response,
            ..self.built(turn)
        };
        turn.add_record(record);
    }

    fn built(self, turn: &mut Turn<'_>) -> Record {
        let event_id = uuid_v4(turn.entropy());
        Record {
            user_identity: UserIdentity::Internal {
                account_id: self.account,
                invoked_by: "AWS Internal".into(),
            },
            event_time: turn.now(),
            event_source: self.source,
            event_name: self.name,
            aws_region: self.region,
            source_ip_address: "AWS Internal".into(),
            user_agent: Some("AWS Internal".into()),
            error_code: None,
            error_message: None,
            request_parameters: None,
            response_elements: None,
            additional_event_data: None,
            request_id: None,
            event_id,
            read_only: false,
            data_event: false,
            resources: self.resources,
            event_type: EventType::AwsServiceEvent,
            recipient_account_id: self.account,
            shared_event_id: None,
            service_event_details: self.details,
            tls_details: None,
        }
    }
}
