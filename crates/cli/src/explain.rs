//! `claviger explain`: why a recent request of a running service was allowed or denied, asked over
//! its local socket; or the same as policy cases, for a test.

use crate::arguments::Explain;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::explanation::lines;
use crate::output::{Format, print, print_json, printable};
use claviger_core::chain::Explained;
use claviger_server::{Answer, AskError, Question, ask};
use serde_json::json;

pub(crate) fn run(arguments: &Explain, format: Format) -> Result<Done, Failure> {
    let dir = &arguments.place.dir;
    let question = Question::Explain {
        request_id: arguments.request_id.clone(),
    };
    let (request_id, code, decisions) = match ask(dir, &question) {
        Ok(Answer::Explained {
            request_id,
            code,
            decisions,
        }) => (request_id, code, decisions),
        Ok(Answer::Refused(why)) => {
            return Err(Failure::new(why).next(
                "the id is in the answer's x-amzn-requestid and in the audit trail (requestID)",
            ));
        }
        Ok(_) => return Err(Failure::defect("the service answered something else")),
        Err(AskError::Nobody { .. }) => return Err(Directory::new(dir).nobody_runs()),
        Err(broken) => {
            return Err(
                Failure::new(format_args!("the service did not answer: {broken}"))
                    .next("see whether it still runs, as the same user and in the same version"),
            );
        }
    };
    if arguments.case {
        let cases: Vec<_> = decisions.iter().map(|decision| &decision.case).collect();
        print_json(&cases)?;
        return Ok(Done::Clean);
    }
    match format {
        Format::Json => print_json(&json!({
            "requestId": request_id,
            "errorCode": code,
            "decisions": decisions,
        }))?,
        Format::Table => print(&text(&request_id, code.as_deref(), &decisions))?,
    }
    Ok(Done::Clean)
}

fn text(request_id: &str, code: Option<&str>, decisions: &[Explained]) -> String {
    let answered = code.unwrap_or("success");
    let mut text = format!("request     {request_id}\nanswered    {answered}\n");
    if decisions.is_empty() {
        text.push_str("No policy was asked: the request was answered before one was needed.\n");
    }
    for decision in decisions {
        let head = format!(
            "{} on {} by {}",
            decision.action, decision.resource, decision.principal
        );
        text.push_str(&format!("\n{}\n", printable(&head)));
        text.push_str(&lines(&decision.explanation));
    }
    text
}
