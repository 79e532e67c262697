//! `claviger bootstrap`: makes a production installation, or gives its administrator a new access
//! key. It asks the service that runs; where none does, it opens the directory itself.

use crate::arguments::Bootstrap;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::opening::{self, Purpose};
use crate::output::{Format, print, print_json};
use crate::serve::load;
use claviger_core::bootstrap::WayIn;
use claviger_server::{
    Answer, AskError, BootstrapRequest, NewAccount, NewAdministrator, Question, Surroundings, ask,
    bootstrap, let_in, runtime,
};
use std::time::Duration;

/// How long the node may take to close.
const CLOSE_TIME: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &Bootstrap, format: Format) -> Result<Done, Failure> {
    let question = question(arguments)?;
    let config = load(&arguments.config)?;
    let directory = Directory::new(&config.directory);
    let made = match ask(&config.directory, &question) {
        Ok(Answer::Administrator(made)) => made,
        Ok(Answer::Refused(why)) => return Err(Failure::new(why)),
        Ok(_) => return Err(Failure::new("the service answered something else")),
        Err(AskError::Nobody { .. }) => by_ourselves(&directory, &question)?,
        Err(other) => return Err(Failure::new(other)),
    };
    tell(&made, format)
}

fn question(arguments: &Bootstrap) -> Result<Question, Failure> {
    let user = arguments.user.clone();
    if arguments.replace_key {
        return Ok(Question::ReplaceKey { user });
    }
    if let Some(user) = arguments.new_administrator.clone() {
        return Ok(Question::NewAdministrator { user });
    }
    let id = arguments.management_account.ok_or_else(|| {
        Failure::wrong_use("a new installation needs its management account").next(
            "claviger bootstrap --management-account 111122223333, with the id that your ARNs have",
        )
    })?;
    Ok(Question::Bootstrap(BootstrapRequest {
        management: NewAccount {
            id,
            name: arguments.management_name.clone(),
        },
        members: arguments.members.clone(),
        delegated_administrators: arguments.delegated_administrators.clone(),
        regions: arguments.regions.clone(),
        user,
    }))
}

/// Nobody runs it: this process does, for as long as it takes.
fn by_ourselves(directory: &Directory, question: &Question) -> Result<NewAdministrator, Failure> {
    let node = opening::open(
        directory,
        Purpose::Production,
        Surroundings::default(),
        None,
    )?;
    runtime().map_err(|e| Failure::system(&e))?.block_on(async {
        let made = match question {
            Question::Bootstrap(request) => bootstrap(&node, request).await,
            Question::ReplaceKey { user } => let_in(&node, user, WayIn::ReplaceKey).await,
            Question::NewAdministrator { user } => let_in(&node, user, WayIn::NewUser).await,
            _ => return Err(Failure::new("this is no question for a bootstrap")),
        };
        let closed = node.close(CLOSE_TIME).await;
        let made = made.map_err(Failure::new)?;
        closed.map_err(Failure::defect)?;
        Ok(made)
    })
}

fn tell(made: &NewAdministrator, format: Format) -> Result<Done, Failure> {
    if format == Format::Json {
        print_json(made)?;
        return Ok(Done::Clean);
    }
    let deleted = match made.deleted.as_slice() {
        [] => String::new(),
        ids => format!("deleted            {}\n", ids.join(", ")),
    };
    print(&format!(
        "organization       {}\n\
         account            {}\n\
         region             {}\n\
         user               {}\n\
         {deleted}\
         access key id      {}\n\
         secret access key  {}\n\
         The secret access key is shown this once. Keep it, and make users and roles through IAM.\n",
        made.organization,
        made.account,
        made.region,
        made.user,
        made.access_key_id,
        made.secret_access_key.as_str(),
    ))?;
    Ok(Done::Clean)
}
