//! `kubectl create token`. Models `k8s.io/kubectl/pkg/cmd/create/create_token.go` (v1.36) and the claims of
//! `pkg/serviceaccount/claims.go`. The signature is none: nobody here would check it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podlapse_core::client::{ClientView, Outcome};
use podlapse_core::store::ApiError;
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration};
use serde_json::Value;

use super::Call;
use super::batch::{Batch, Plan};
use super::flags::Arguments;
use super::report::{failed, usage};
use super::shape::shape;
use super::targets::namespace_of;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// How long a token lives where nothing is asked for, and the least that may be.
const DEFAULT_SECONDS: i64 = 3_600;
const MIN_SECONDS: i64 = 600;
const SIGNATURE_BYTES: usize = 256;

/// `kubectl create token NAME`.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let [name] = arguments.words.as_slice() else {
        let message = format!("exactly one NAME is required, got {}", arguments.words.len());
        return Err(usage(call.verb, message));
    };
    let duration = arguments.get("duration").map(SimDuration::parse).transpose().map_err(failed)?.unwrap_or_default();
    if duration.as_nanos() % 1_000_000_000 != 0 {
        return Err(failed("--duration cannot be expressed in units less than seconds"));
    }
    if arguments.all("audience").any(str::is_empty) {
        return Err(failed("--audience must not be an empty string"));
    }
    bound(&arguments).map_err(failed)?;
    let seconds = i64::try_from(duration.as_nanos() / 1_000_000_000).unwrap_or(i64::MAX);
    let account = ObjectKey::new(Kind::ServiceAccount, &namespace_of(&arguments), name);
    Ok(Batch::new(move |view| {
        let mut plan = Plan::default();
        match issue(&arguments, &account, seconds, view) {
            Ok(token) => plan.report.say(token),
            Err(message) => plan.report.errors.push(Rejection::Client(format!("failed to create token: {message}"))),
        }
        plan
    }))
}

/// The kind of the object that the token is bound to.
fn bound(arguments: &Arguments) -> Result<Option<Kind>, String> {
    let name = arguments.get("bound-object-name");
    let kind = match arguments.get("bound-object-kind") {
        None if name.is_some() => return Err("--bound-object-name can only be set if --bound-object-kind is provided".to_owned()),
        None if arguments.get("bound-object-uid").is_some() => {
            return Err("--bound-object-uid can only be set if --bound-object-kind is provided".to_owned());
        }
        None => return Ok(None),
        Some("Node") => Kind::Node,
        Some("Pod") => Kind::Pod,
        Some("Secret") => Kind::Secret,
        Some(_) => return Err("supported --bound-object-kind values are Node, Pod, Secret".to_owned()),
    };
    if name.is_none() {
        return Err("--bound-object-name is required if --bound-object-kind is provided".to_owned());
    }
    Ok(Some(kind))
}

/// A token for the account at the instant.
fn issue(arguments: &Arguments, key: &ObjectKey, seconds: i64, view: &ClientView<'_>) -> Result<String, String> {
    let found = |key: &ObjectKey| view.store.get(key).cloned().ok_or_else(|| ApiError::not_found(key).message);
    let account = found(key)?;
    if seconds != 0 && seconds < MIN_SECONDS {
        let name = key.name.as_str();
        return Err(format!(
            "TokenRequest.authentication.k8s.io {name:?} is invalid: spec.expirationSeconds: Invalid value: {seconds}: may not specify a \
             duration less than 10 minutes"
        ));
    }
    let reference = |object: &Object| {
        let metadata = object.metadata();
        shape!(r#"{"name":"$0","uid":"$1"}"#, metadata.name.clone(), metadata.uid.clone())
    };
    let mut claims = shape!(r#"{"namespace":"$0","serviceaccount":"$1"}"#, key.namespace.as_str(), reference(&account));
    if let Some(kind) = bound(arguments)? {
        let namespace = if kind.is_namespaced() { key.namespace.as_str() } else { "" };
        let object = found(&ObjectKey::new(kind, namespace, arguments.get("bound-object-name").unwrap_or_default()))?;
        claims[kind.singular()] = reference(&object);
    }
    let audiences: Vec<&str> = arguments.all("audience").collect();
    let issued = view.wall.time(view.now).0.as_second();
    let seconds = if seconds == 0 { DEFAULT_SECONDS } else { seconds };
    let uid = account.uid();
    let payload = shape!(
        r#"{"aud":"$0","exp":"$1","iat":"$2","iss":"$3","jti":"$4","kubernetes.io":"$5","nbf":"$2","sub":"$6"}"#,
        if audiences.is_empty() { vec![ISSUER] } else { audiences },
        issued + seconds,
        issued,
        ISSUER,
        uid.as_str(),
        claims,
        format!("system:serviceaccount:{}:{}", key.namespace.as_str(), key.name.as_str()),
    );
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signature: Vec<u8> = uid.as_str().bytes().chain(issued.to_be_bytes()).cycle().take(SIGNATURE_BYTES).collect();
    let header = shape!(r#"{"alg":"RS256","kid":"podlapse"}"#);
    Ok(format!("{}.{}.{}", part(&header), part(&payload), URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_pod;
    use super::*;

    #[test]
    fn a_token_names_the_account_and_what_it_is_bound_to() {
        let mut cluster = with_pod();
        let token = cluster.run("create token default --duration=20m --bound-object-kind=Pod --bound-object-name=web").stdout;
        let parts: Vec<&str> = token.trim_end().split('.').collect();
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert_eq!((parts.len(), &payload["sub"]), (3, &serde_json::json!("system:serviceaccount:default:default")));
        assert_eq!(payload["exp"].as_i64().unwrap() - payload["iat"].as_i64().unwrap(), 1_200);
        assert_eq!(payload["kubernetes.io"]["pod"]["name"], "web");
        let missing = "error: failed to create token: serviceaccounts \"none\" not found\n";
        cluster.check("create token none", "", missing);
        let short = cluster.run("create token default --duration=10s").stderr;
        assert!(short.ends_with("Invalid value: 10: may not specify a duration less than 10 minutes\n"), "{short}");
        cluster.check(
            "create token default --bound-object-name=web",
            "",
            "error: --bound-object-name can only be set if --bound-object-kind is provided\n",
        );
    }
}
