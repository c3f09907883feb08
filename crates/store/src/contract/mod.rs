//! What every engine must do, as tests that its crate runs: `chabi_store::store_contract!(path::to::subject);`.
//!
//! One file a noun, named as the noun. A race runs over several stores on one database: several connections, several writers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, which other crates run")]

pub mod account;
pub mod api;
pub mod application;
pub mod audit;
pub mod audit_chain;
pub mod authorization_code;
pub mod authorization_transaction;
pub mod browser_session;
pub mod consent;
pub mod device_grant;
pub mod email_verification;
pub mod expiry;
pub mod idempotency_key;
pub mod installation;
pub mod logout_delivery;
pub mod password;
pub mod password_reset;
pub mod people;
pub mod provider_link;
pub mod pushed_request;
pub mod refusal;
pub mod registration;
pub mod replay;
pub mod revocation;
pub mod role_grant;
pub mod setup_link;
pub mod signing_key;
pub mod site;
pub mod social_application;
pub mod status_index;
pub mod store;
pub mod throttle;
pub mod token_family;
pub mod upstream_login;
pub mod upstream_tokens;

use std::sync::Arc;

use chabi_token::{Env, Seconds, Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::Barrier;

use crate::{Store, account::AccountId, browser_session::SessionId};

/// What is tested: one empty database, opened once or several times.
#[derive(Clone, Debug)]
pub struct Subject {
    /// At least one. All on the same database.
    pub stores: Vec<Store>,
    /// Time and randomness of the test.
    pub env: Env,
}

/// Callers in a race.
pub const CALLERS: usize = 64;
/// How often a race is run, each time on a row of its own.
pub const ROUNDS: usize = 12;

impl Subject {
    /// The store, where one is enough.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.stores.first().unwrap()
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.env.now()
    }

    /// `n` seconds from now.
    #[must_use]
    pub fn later(&self, n: i64) -> Timestamp {
        self.env.now() + Seconds(n)
    }

    /// A new account's row, for records that only name one.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId(self.env.new_id())
    }

    /// A new session's row, likewise.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        SessionId(self.env.new_id())
    }

    /// Runs [`CALLERS`] callers behind a barrier, each over one of the stores, and gathers what they got.
    ///
    /// # Panics
    /// When one of them does.
    pub async fn race<T: Send + 'static>(&self, caller: impl Fn(Store, usize) -> BoxFuture<'static, T>) -> Vec<T> {
        let barrier = Arc::new(Barrier::new(CALLERS));
        let mut tasks = Vec::with_capacity(CALLERS);
        for (number, store) in self.stores.iter().cycle().take(CALLERS).enumerate() {
            let running = caller(store.clone(), number);
            let barrier = Arc::clone(&barrier);
            // Each seed lets some go a little later.
            let [pauses] = self.env.random();
            tasks.push(tokio::spawn(async move {
                barrier.wait().await;
                for _ in 0..pauses % 4 {
                    tokio::task::yield_now().await;
                }
                running.await
            }));
        }
        let mut outcomes = Vec::with_capacity(CALLERS);
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }
}

/// Declares a test for every case of the contract. `$subject` is the full path of an `async fn() -> (Subject, impl Sized)`; what it
/// gives beside the subject is kept until the test ends.
#[macro_export]
macro_rules! store_contract {
    ($subject:path) => {
        $crate::store_contract! { @cases $subject;
            account: an_account_reads_back_as_it_was_written, a_person_is_found_with_all_their_addresses, a_person_is_found_with_whether_their_session_goes_on, a_family_is_found_with_its_person_and_whether_their_session_goes_on, what_was_granted_is_found_with_the_address_that_counts, a_refresh_finds_an_address_for_an_id_token_alone, an_address_belongs_to_one_account_at_the_most,
                addresses_are_listed_the_oldest_first, only_its_own_account_can_prove_or_remove_an_address,
                what_changes_of_a_person_moves_when_they_were_updated,
                an_account_can_be_shut_and_opened, of_64_accounts_that_want_an_address_exactly_one_gets_it;
            api: an_api_reads_back_replaces_and_goes;
            application: an_application_reads_back_replaces_and_goes, an_origin_is_registered_only_when_all_of_it_is,
                an_origin_counts_where_its_application_is_known;
            audit: events_are_listed_the_newest_first;
            audit_chain: events_are_found_by_what_they_are_about, a_chain_is_made_read_and_cut;
            authorization_code: a_code_reads_back_spent_or_not, a_code_is_found_with_its_person_and_whether_their_session_goes_on, a_second_redemption_is_told_the_family_of_the_first,
                an_expired_code_is_unknown_and_a_spent_one_stays_replayed, unspent_codes_die_with_their_session,
                of_64_redemptions_at_once_exactly_one_is_fresh;
            authorization_transaction: a_transaction_is_found_only_by_its_browser_and_in_time, it_is_decided_once,
                of_64_that_finish_it_at_once_exactly_one_may_answer;
            browser_session: a_session_is_found_until_it_ends, its_last_use_is_kept_to_the_minute,
                all_sessions_of_an_account_but_one_can_be_ended, sessions_are_found_by_what_opened_them_at_a_provider,
                everybodys_sessions_are_listed;
            consent: a_consent_is_remembered_replaced_and_taken_back;
            device_grant: a_device_reads_back_and_is_found_by_its_code_while_it_waits, a_device_is_decided_once_and_in_time,
                who_asks_too_soon_waits_five_seconds_more_each_time, of_64_that_ask_at_once_one_is_in_time,
                only_an_allowed_device_is_redeemed_once_and_in_time, of_64_that_redeem_a_device_at_once_exactly_one_is_fresh,
                of_64_that_decide_at_once_exactly_one_is_heard, devices_that_were_allowed_die_with_their_session_or_account;
            email_verification: a_newer_mail_makes_the_older_one_void, a_link_is_looked_at_often_and_spent_once,
                wrong_codes_use_the_tries_up, wrong_codes_at_once_cost_a_try_each, of_64_that_follow_a_link_at_once_exactly_one_wins;
            expiry: what_has_expired_goes_in_batches_and_the_rest_stays,
                a_spent_device_code_is_kept_for_a_day_longer;
            idempotency_key: a_key_is_claimed_once_and_answered_again, of_64_that_claim_it_at_once_exactly_one_answers;
            installation: the_first_writer_of_a_fact_wins, versions_count_every_bump;
            logout_delivery: a_delivery_sleeps_until_its_session_ends, a_claimed_delivery_is_due_again_after_its_lease,
                deliveries_wake_with_the_sessions_of_an_account, deliveries_follow_the_session_that_takes_the_place_of_theirs,
                of_one_application_only_so_many_are_claimed,
                of_64_that_claim_at_once_exactly_one_gets_each;
            password: a_password_reads_back_and_is_replaced, a_rehash_never_undoes_a_change;
            password_reset: a_link_is_looked_at_often_and_taken_once, a_newer_link_makes_the_older_one_void,
                a_link_can_be_made_void_and_goes_when_it_is_over, of_64_that_take_a_link_at_once_exactly_one_gets_it;
            people: people_are_listed_in_pages, people_are_found_by_the_beginning_of_an_address,
                an_account_goes_with_all_that_is_about_it, events_and_people_are_counted;
            provider_link: a_link_has_one_owner, links_are_touched_listed_and_removed;
            pushed_request: a_pushed_request_is_found_while_it_is_kept_and_spent_once,
                of_64_that_spend_it_at_once_exactly_one_may_give_a_code, what_nobody_used_goes_away;
            refusal: a_refusal_reads_back_by_its_request_id, refusals_are_listed_the_newest_first, only_the_newest_refusals_are_kept;
            registration: a_registration_is_changed_and_removed_by_its_token_alone, a_copy_is_given_the_registration_that_nobody_manages,
                an_unused_registration_goes_with_its_application, an_initial_access_token_is_spent_as_often_as_it_says,
                of_64_that_spend_the_last_use_at_once_exactly_one_may;
            replay: what_was_presented_once_is_refused_until_it_is_over_by_itself, what_is_over_goes_away,
                of_64_that_present_it_at_once_exactly_one_is_taken;
            revocation: a_denied_token_stays_denied_until_it_has_expired, a_family_is_found_with_its_person_and_whether_a_token_of_it_was_denied, the_log_tells_what_was_revoked_in_the_order_of_time,
                the_log_is_read_in_pages, denied_tokens_are_listed_while_they_live;
            role_grant: roles_are_given_once_listed_and_taken_back;
            setup_link: one_link_is_open_at_a_time_and_spent_once, of_64_that_follow_it_at_once_exactly_one_gets_in;
            signing_key: keys_are_listed_while_they_are_published, of_64_nodes_that_start_at_once_exactly_one_makes_the_first_key;
            social_application: a_social_application_reads_back_changes_and_goes,
                social_applications_are_listed_in_the_order_of_their_buttons, of_64_that_take_an_id_at_once_exactly_one_gets_it;
            site: a_site_reads_back_changes_and_goes, no_site_gets_the_id_of_one_that_was_removed, no_two_sites_have_one_id_issuer_or_host,
                of_64_sites_that_want_a_host_exactly_one_gets_it, an_address_is_another_person_in_another_realm,
                a_providers_person_is_another_one_in_another_realm;
            status_index: reserved_places_belong_to_one_caller, an_application_has_one_epoch_until_it_is_revoked,
                of_64_that_begin_an_epoch_at_once_all_get_the_same;
            store: a_refusal_commits_and_a_fault_rolls_back, a_transaction_sees_its_own_writes_and_nobody_else_does,
                a_transaction_that_goes_on_after_a_failed_statement_does_not_commit, one_that_fails_harms_no_other,
                transactions_at_once_lose_nothing, the_engine_is_ready_and_says_its_version;
            throttle: attempts_beyond_the_limit_are_blocked_until_the_window_ends, attempts_at_once_cost_one_each;
            token_family: a_family_reads_back, a_family_without_a_place_among_the_status_lists_is_given_one, the_current_token_rotates, a_retry_within_the_grace_gets_the_same_successor,
                another_request_within_the_grace_is_refused_and_revokes_nothing, a_token_used_after_the_grace_revokes_its_family,
                an_older_or_forged_token_revokes_its_family, another_application_cannot_touch_it, both_ends_are_kept,
                revoking_reaches_what_it_should, what_is_beyond_the_newest_grants_at_an_application_is_taken_back,
                families_follow_the_session_that_takes_the_place_of_theirs, everybodys_families_are_listed,
                of_64_refreshes_at_once_one_rotates_and_all_get_the_same_successor, of_64_reuses_at_once_one_revokes;
            upstream_login: a_sign_in_is_taken_once_by_the_browser_that_began_it, an_answer_is_parked_once_and_its_state_is_spent,
                a_sign_in_that_is_over_is_found_by_its_browser_alone;
            upstream_tokens: tokens_are_kept_one_row_for_each_person_there, of_64_that_renew_tokens_at_once_exactly_one_is_heard,
                tokens_are_forgotten_with_what_they_belong_to;
        }
    };
    (@cases $subject:path; $($noun:ident: $($case:ident),+;)+) => {$(
        mod $noun {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let (subject, _kept) = $subject().await;
                $crate::contract::$noun::$case(subject).await;
            }
        )+}
    )+};
}
