//! The OpenAPI description, made from the table of calls.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    routing::{any, get},
};
use medlane_shared::{
    api::{self, Call, Method},
    fault::Fault,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref,
        RefOr, Required, ResponseBuilder,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::Schema,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use super::refusal::not_found;
use crate::app::App;

/// The description and the page that shows it. If they are switched off, the paths answer "not found".
pub fn routes(served: bool) -> Router<Arc<App>> {
    if !served {
        let paths = ["/api-docs", "/api-docs/", "/api-docs/{*rest}"];
        return paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(not_found)));
    }
    let swagger =
        SwaggerUi::new("/api-docs").config(utoipa_swagger_ui::Config::from("/api-docs/openapi.json"));
    Router::new().merge(swagger).route("/api-docs/openapi.json", get(|| async { Json(document()) }))
}

/// The OpenAPI document of everything under `/api/v1`.
#[must_use]
pub fn document() -> OpenApi {
    let mut described = Described::default();
    macro_rules! describe {
        ($($call:ident),*) => { $(described.call::<api::$call>();)* };
    }
    api::for_each_call!(describe);
    described.schema::<Fault>();
    let mut components = Components::new();
    components.schemas = described.schemas;
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("session", SecurityScheme::Http(bearer));
    let mut paths = PathsBuilder::new();
    for (path, item) in described.paths {
        paths = paths.path(path, item);
    }
    let info = InfoBuilder::new()
        .title("Medlane")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "One clinic's day: queue, records, audit. Errors are {code, message, fields?, retry_after_s?, present?}; \
             writes take Idempotency-Key; live views and offline work go over the socket /api/v1/sync.",
        ))
        .build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

#[derive(Default)]
struct Described {
    schemas: BTreeMap<String, RefOr<Schema>>,
    paths: BTreeMap<String, PathItem>,
}

impl Described {
    /// Adds a type and the types that it uses. Returns the reference to it.
    fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        self.schemas.extend(parts);
        let name = T::name().into_owned();
        self.schemas.insert(name.clone(), T::schema());
        RefOr::Ref(Ref::from_schema_name(name))
    }

    fn call<C: Call>(&mut self)
    where
        C::Request: ToSchema,
        C::Response: ToSchema,
    {
        let spec = api::find(C::NAME);
        let mut operation = OperationBuilder::new()
            .operation_id(Some(C::NAME))
            .summary(spec.map(|spec| spec.about.trim()))
            .tag(C::PATH.split('/').nth(3).unwrap_or_default());
        for part in C::PATH.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            operation = operation.parameter(parameter(part, ParameterIn::Path, true, None));
        }
        for (is_taken, name, about) in [
            (
                spec.is_some_and(|spec| spec.once),
                "Idempotency-Key",
                "Up to 200 characters: the same request with the same key takes effect once, and is answered alike.",
            ),
            (
                spec.is_some_and(|spec| spec.versioned),
                "If-Match",
                "The version that you saw, where the body does not say it.",
            ),
            (
                spec.is_some_and(|spec| spec.confirmed),
                "Medlane-Confirm",
                "The proof of /users/me/confirm, at most 5 minutes old; without it 403 confirm_needed.",
            ),
        ] {
            if is_taken {
                let mut taken = parameter(name, ParameterIn::Header, false, None);
                taken.description = Some(about.to_owned());
                operation = operation.parameter(taken);
            }
        }
        if !spec.is_some_and(|spec| spec.open) {
            operation = operation.security(SecurityRequirement::new("session", Vec::<String>::new()));
        }
        let has_request = std::any::TypeId::of::<C::Request>() != std::any::TypeId::of::<()>();
        if has_request && C::METHOD == Method::Get {
            if let RefOr::T(Schema::Object(object)) = C::Request::schema() {
                for (name, schema) in object.properties {
                    let required = object.required.contains(&name);
                    operation =
                        operation.parameter(parameter(&name, ParameterIn::Query, required, Some(schema)));
                }
            }
        } else if has_request {
            let schema = self.schema::<C::Request>();
            let body = RequestBodyBuilder::new()
                .content("application/json", Content::new(Some(schema)))
                .required(Some(Required::True));
            operation = operation.request_body(Some(body.build()));
        }
        let mut answer = ResponseBuilder::new().description("Done.");
        if std::any::TypeId::of::<C::Response>() != std::any::TypeId::of::<()>() {
            answer = answer.content("application/json", Content::new(Some(self.schema::<C::Response>())));
        }
        let fault = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Fault"))));
        let refused = ResponseBuilder::new().description("Refused.").content("application/json", fault);
        let operation =
            operation.response("200", answer.build()).response("default", refused.build()).build();
        let method = match C::METHOD {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Patch => HttpMethod::Patch,
            Method::Delete => HttpMethod::Delete,
        };
        let item = PathItem::new(method, operation);
        self.paths.entry(C::PATH.to_owned()).or_default().merge_operations(item);
    }
}

fn parameter(name: &str, place: ParameterIn, required: bool, schema: Option<RefOr<Schema>>) -> Parameter {
    let text = || {
        RefOr::T(Schema::Object(utoipa::openapi::schema::Object::with_type(utoipa::openapi::Type::String)))
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .schema(Some(schema.unwrap_or_else(text)))
        .build()
}
