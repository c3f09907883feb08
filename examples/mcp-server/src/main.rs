//! An MCP server on <http://127.0.0.1:9100/mcp> that only answers agents whom a person has let in at Chabi.
//!
//! An agent that comes without a token is told where to get one (RFC 9728); the rest is the agent's: it finds Chabi's metadata, names
//! itself by its client id metadata document or registers, asks the person, and comes back with a token that is for this server alone.
//!
//! `CHABI_ISSUER` and `MCP_RESOURCE` change whose tokens are taken, and the name under which they are asked for.

use std::env;

use axum::{Router, extract::FromRequestParts as _};
use chabi_resource_server::{AboutApi, Bearer, BuildError, ResourceServer};
use http::request::Parts;
use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, tool::Extension},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager},
};

/// What agents may use here.
#[derive(Clone, Debug)]
struct Notes {
    tools: ToolRouter<Self>,
}

#[tool_router(router = tools)]
impl Notes {
    /// The person on whose behalf the agent asks, as the token names them.
    #[tool(name = "whoami", description = "Tells for whom and by which application this server was asked.")]
    async fn whoami(&self, Extension(mut parts): Extension<Parts>) -> String {
        match Bearer::from_request_parts(&mut parts, &()).await {
            Ok(caller) => format!("{}, by {}", caller.subject(), caller.client_id()),
            // the layer lets nobody through without a token
            Err(_) => "nobody".to_owned(),
        }
    }
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Notes {}

fn app(issuer: &str, resource: &str) -> Result<Router, BuildError> {
    let about = AboutApi { name: "Notes".into(), scopes: "notes:read".into(), documentation: String::new() };
    let guard = ResourceServer::builder(issuer).audience(resource).about(about).build()?;
    let service = StreamableHttpService::new(
        || Ok(Notes { tools: Notes::tools() }),
        LocalSessionManager::default().into(),
        StreamableHttpServerConfig::default(),
    );
    let guarded = Router::new().nest_service("/mcp", service).layer(guard.require_scope("notes:read"));
    Ok(Router::new().merge(guard.metadata_router()).merge(guarded))
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(setting("MCP_LISTEN", "127.0.0.1:9100")).await?;
    let app = app(&setting("CHABI_ISSUER", "http://localhost:8000"), &setting("MCP_RESOURCE", "http://127.0.0.1:9100/mcp"))?;
    Ok(axum::serve(listener, app).await?)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn an_agent_without_a_token_is_told_where_to_get_one() {
        let app = super::app("http://localhost:8000", "http://127.0.0.1:9100/mcp").unwrap();
        let answer = app.clone().oneshot(Request::post("/mcp").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 401);
        let metadata = "http://127.0.0.1:9100/.well-known/oauth-protected-resource/mcp";
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().contains(metadata));
        let document = app.oneshot(Request::get(metadata).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(document.status(), 200);
        assert_eq!(document.headers()["content-type"], "application/json");
    }
}
