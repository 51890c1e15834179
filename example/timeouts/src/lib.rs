//! Tasks, and how they wait for each other.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{
    future::{Either, join, select},
    prelude::*,
    sync::Channel,
};

/// Takes the steps one after the other.
#[sarab::job]
pub async fn start() {
    both().await;
    first().await;
    in_time().await;
    cancelled().await;
    mailbox().await;
    stream().await;
}

/// Says `word` after `millis` milliseconds.
async fn say_after(millis: u64, word: &'static str) -> &'static str {
    sleep(Duration::from_millis(millis)).await;
    println!("  {word}");
    word
}

/// `join` waits for both, and both wait at the same time.
async fn both() {
    println!("join");
    join(say_after(200, "tails"), say_after(100, "heads")).await;
}

/// `select` waits for the first and drops the other, which never speaks.
async fn first() {
    println!("select");
    match select(say_after(100, "heads"), say_after(200, "tails")).await {
        Either::First(word) | Either::Second(word) => println!("  {word} was first"),
    }
}

/// `timeout` gives up when the time has passed.
async fn in_time() {
    println!("timeout");
    for millis in [10, 5000] {
        let result = timeout(Duration::from_millis(500), say_after(millis, "done")).await;
        println!("  {result:?}");
    }
}

/// A task runs by itself until it ends or is cancelled.
async fn cancelled() {
    println!("cancel");
    let task = spawn(say_after(1000, "never said"));
    sleep(Duration::from_millis(10)).await;
    task.cancel();
    if let Err(why) = task.await {
        println!("  {why}");
    }
}

/// A mailbox passes values from one task to another.
async fn mailbox() {
    println!("mailbox");
    let mail = Rc::new(Channel::<u32, 2>::new());
    let sender = mail.clone();
    spawn(async move {
        for number in 1..=3 {
            sender.send(number * number).await;
        }
    });
    for _ in 0..3 {
        println!("  {}", mail.receive().await);
    }
}

/// A stream is a mailbox that another task maps: numbers in, words out.
async fn stream() {
    println!("stream");
    let numbers = Rc::new(Channel::<usize, 1>::new());
    let words = Rc::new(Channel::<&str, 1>::new());
    let (input, output) = (numbers.clone(), words.clone());
    spawn(async move {
        loop {
            let number = input.receive().await;
            output.send(*["zero", "one", "two"].get(number).unwrap_or(&"many")).await;
        }
    });
    for number in [2, 0, 7] {
        numbers.send(number).await;
        println!("  {number} is {}", words.receive().await);
    }
}
