//! A whole unikernel and the whole plan that comes of it.

use crate::{KvRead, Net, Stack, Target, Tcp, plan};
use sarab_compose::plan::Resource;
use sarab_compose::{
    Expression, Impl, Job, constant, device, expression, if_, job, key, match_, unavailable,
};

fn net(name: &'static str) -> Impl<Net> {
    let target = key::<Target>("target").alias("t").doc("Where it runs.").configure();
    let tap = device::<fn(&'static str) -> Net>("tap::Tap::open")
        .named(name)
        .asks(Resource::Network { name: name.into() })
        .of(constant(name));
    match_(&target.default(Target::Unix), [(Target::Unix, tap)])
        .otherwise(unavailable("use the target `unix`"))
}

fn stack(net: Impl<Net>) -> Impl<Stack> {
    let direct = key::<bool>("direct").doc("Whether the stack is our own.").flag();
    let own = device::<fn(Net) -> Stack>("stack::Stack::start").label("TCP/IP stack").of(net);
    if_(&direct, own, device::<fn() -> Stack>("sockets::open").named("service").of(()))
}

fn htdocs() -> Impl<KvRead> {
    device::<fn(Expression) -> KvRead>("archive::Embedded::open")
        .named("htdocs")
        .module("htdocs")
        .of(expression("&htdocs::FILES"))
}

fn site() -> Job {
    let port = key::<u16>("port").doc("TCP port to listen on.").env("PORT").default(8080);
    let tcp = device::<fn(Stack) -> Tcp>("tcp").method().of(stack(net("eth0")));
    job::<fn(Tcp, KvRead, u16)>("start").of((tcp, htdocs(), port))
}

#[test]
fn a_site_on_sockets_is_planned() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan(&[site()], "")).unwrap());
}

#[test]
fn a_site_on_its_own_stack_is_planned() {
    let plan = plan(&[site()], "--direct --port=80");
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan).unwrap());
}
