//! Questions to the operator from many connections at once: one after the other, and each secret
//! only once.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::operator::{Operator, Question};

/// Shared by all connections of a run.
pub struct Questions {
    operator: Arc<dyn Operator>,
    /// Answers by what they open (a key file, `user@host`). The lock is held while a question stands.
    answers: Mutex<HashMap<String, String>>,
}

impl Questions {
    pub fn new(operator: Arc<dyn Operator>) -> Self {
        Self { operator, answers: Mutex::default() }
    }

    /// An answer that is `tried` first where it is known already; an answer that does not fit is asked
    /// for again, `attempts` times in all. `None` where nobody answers or nothing fits.
    pub async fn secret<T>(&self, what: &str, prompts: &[String], tried: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut answers = self.answers.lock().await;
        if let Some(found) = answers.get(what).and_then(|answer| tried(answer)) {
            return Some(found);
        }
        for prompt in prompts {
            let answer = self.put(prompt.clone(), false).await?;
            if let Some(found) = tried(&answer) {
                answers.insert(what.to_owned(), answer);
                return Some(found);
            }
        }
        None
    }

    /// One question whose answer is not kept. `again` is asked after it was this question's turn: the
    /// answer to an earlier one may have settled it.
    pub async fn plain<T>(&self, prompt: &str, settled: impl Fn() -> Option<T>) -> Result<Option<String>, T> {
        let _turn = self.answers.lock().await;
        match settled() {
            Some(outcome) => Err(outcome),
            None => Ok(self.put(prompt.to_owned(), true).await),
        }
    }

    /// A question whose answer is not kept, as a server words it.
    pub async fn once(&self, prompt: &str, echo: bool) -> Option<String> {
        let _turn = self.answers.lock().await;
        self.put(prompt.to_owned(), echo).await
    }

    async fn put(&self, prompt: String, echo: bool) -> Option<String> {
        let operator = Arc::clone(&self.operator);
        tokio::task::spawn_blocking(move || operator.ask(&Question { prompt, echo })).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex as SyncMutex;

    struct Script(SyncMutex<Vec<&'static str>>);

    impl Operator for Script {
        fn ask(&self, _question: &Question) -> Option<String> {
            self.0.lock().expect("nobody panics").pop().map(str::to_owned)
        }
    }

    #[tokio::test]
    async fn a_secret_is_asked_once() {
        let questions = Questions::new(Arc::new(Script(SyncMutex::new(vec!["right", "wrong"]))));
        let tried = |answer: &str| (answer == "right").then_some(1);
        let prompts = ["a".to_owned(), "b".to_owned()];
        assert_eq!(questions.secret("key", &prompts, tried).await, Some(1));
        assert_eq!(questions.secret("key", &prompts, tried).await, Some(1));
        assert_eq!(questions.secret("other", &prompts, tried).await, None);
    }

    #[tokio::test]
    async fn a_settled_question_is_not_asked() {
        let questions = Questions::new(Arc::new(Script(SyncMutex::new(vec!["yes"]))));
        assert_eq!(questions.plain("?", || Some(3)).await, Err(3));
        assert_eq!(questions.plain("?", || None::<u8>).await, Ok(Some("yes".into())));
        assert_eq!(questions.plain("?", || None::<u8>).await, Ok(None));
    }
}
