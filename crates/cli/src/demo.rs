//! `claviger demo`: a story in a temporary directory, told by calls of the AWS SDK over HTTP. Every
//! step says what must happen, every denial by code and text; the story fails where one differs.

mod cast;
mod scenes;
mod story;

use crate::arguments::Demo;
use crate::development::Development;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::opening::{self, Purpose};
use crate::output::Format;
use cast::Cast;
use claviger_server::{Node, Surroundings, runtime};
use std::net::{Ipv4Addr, SocketAddr};
use story::Story;

pub(crate) fn run(_: &Demo, format: Format) -> Result<Done, Failure> {
    let place = tempfile::Builder::new()
        .prefix("claviger-demo-")
        .tempdir()
        .map_err(|e| Failure::file(&std::env::temp_dir(), &e))?;
    let directory = Directory::new(place.path());
    let runtime = runtime().map_err(|e| Failure::system(&e))?;
    let story = runtime.block_on(play(&directory, format))?;
    let path = place.path().to_owned();
    place.close().map_err(|e| Failure::file(&path, &e))?;
    story.end(format)
}

async fn play(directory: &Directory, format: Format) -> Result<Story, Failure> {
    let node = opening::open(
        directory,
        Purpose::Development,
        Surroundings::default(),
        None,
    )?;
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = Development::start(directory, node.clone(), free, None).await?;
    let mut story = Story::new(format);
    let told = tell(&mut story, directory, &node, &running).await;
    running.drain().await?;
    told.map(|()| story)
}

async fn tell(
    story: &mut Story,
    directory: &Directory,
    node: &Node,
    running: &Development,
) -> Result<(), Failure> {
    let cast = Cast::gather(directory, running).await?;
    scenes::use_and_refusal(story, &cast).await?;
    scenes::encryption_context(story, &cast).await?;
    scenes::both_sides(story, &cast).await?;
    scenes::a_grant_that_ends(story, &cast).await?;
    scenes::rotation(story, &cast).await?;
    scenes::identity_center(story, &cast).await?;
    scenes::ten_years(story, &cast, node).await?;
    scenes::audit(story, &cast, directory).await
}
