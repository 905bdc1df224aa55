//! The OpenAPI description, made from the table of calls.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    routing::{any, get},
};
use medlane_shared::{
    api::{self, Call, CallSpec, Method},
    fault::Fault,
    shape,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, HttpMethod, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
        PathItem, PathsBuilder, Ref, RefOr, Required, ResponseBuilder, SchemaFormat, Type,
        header::HeaderBuilder,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{AdditionalProperties, Schema, SchemaType},
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
    components.schemas.values_mut().for_each(close);
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
        let spec = &C::SPEC;
        let mut operation = OperationBuilder::new()
            .operation_id(Some(C::NAME))
            .summary(Some(spec.about.trim()))
            .tag(C::PATH.split('/').nth(3).unwrap_or_default())
            .security(SecurityRequirement::new("session", Vec::<String>::new()));
        if spec.open {
            operation = operation.security(SecurityRequirement::default());
        }
        for part in C::PATH.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let shape = if part == "secret" { self.schema::<shape::LinkSecret>() } else { id() };
            operation = operation.parameter(parameter(part, ParameterIn::Path, true, shape));
        }
        for header in self.headers(spec) {
            operation = operation.parameter(header);
        }
        let asked = self.asked::<C>();
        operation = match asked {
            Asked::Nothing => operation,
            Asked::Query(parameters) => parameters.into_iter().fold(operation, OperationBuilder::parameter),
            Asked::Body(body) => operation.request_body(Some(body)),
        };
        let nothing = std::any::TypeId::of::<C::Response>() == std::any::TypeId::of::<()>();
        let shown = if nothing {
            RefOr::T(ObjectBuilder::new().schema_type(Type::Null).into())
        } else {
            self.schema::<C::Response>()
        };
        let mut answer = ResponseBuilder::new()
            .description("Done.")
            .header("Cache-Control", told("Answers are never stored: `no-store`."))
            .content("application/json", Content::new(Some(shown)));
        if spec.open && C::METHOD != Method::Get {
            let cookie = told("In browsers: the session's cookie, or the end of it.");
            answer = answer.header("Set-Cookie", cookie);
        }
        operation = operation.response("200", answer.build());
        for (status, why) in refusals(spec) {
            let fault = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Fault"))));
            let mut refused = ResponseBuilder::new().description(why).content("application/json", fault);
            if matches!(status, "429" | "503") {
                refused = refused.header("Retry-After", told("Seconds after which to try again."));
            }
            operation = operation.response(status, refused.build());
        }
        let method = match C::METHOD {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Patch => HttpMethod::Patch,
            Method::Delete => HttpMethod::Delete,
        };
        let item = PathItem::new(method, operation.build());
        self.paths.entry(C::PATH.to_owned()).or_default().merge_operations(item);
    }

    /// The headers that a call takes.
    fn headers(&mut self, spec: &CallSpec) -> Vec<Parameter> {
        let mut headers = Vec::new();
        let mut take = |name: &str, shape: RefOr<Schema>, about: &str| {
            let mut header = parameter(name, ParameterIn::Header, false, shape);
            header.description = Some(about.to_owned());
            headers.push(header);
        };
        if spec.once {
            let about = "The same request with the same key takes effect once, and is answered alike.";
            take("Idempotency-Key", self.schema::<shape::IdempotencyKey>(), about);
        }
        if spec.versioned {
            let about = "The version that you saw, where the body does not say it.";
            take("If-Match", self.schema::<shape::IfMatch>(), about);
        }
        if spec.confirmed {
            let about =
                "The proof of /users/me/confirm, at most 5 minutes old; without it 403 confirm_needed.";
            take("Medlane-Confirm", self.schema::<shape::ConfirmProof>(), about);
        }
        headers
    }

    /// The input of a call.
    fn asked<C: Call>(&mut self) -> Asked
    where
        C::Request: ToSchema,
    {
        if !C::SPEC.asks {
            return Asked::Nothing;
        }
        let reference = self.schema::<C::Request>();
        let RefOr::T(Schema::Object(object)) = C::Request::schema() else { return Asked::Nothing };
        if C::METHOD == Method::Get {
            let named = |(name, schema): (String, RefOr<Schema>)| {
                let required = object.required.contains(&name);
                parameter(&name, ParameterIn::Query, required, plain(schema))
            };
            return Asked::Query(object.properties.clone().into_iter().map(named).collect());
        }
        // A missing body counts as an empty object.
        let required = if object.required.is_empty() { Required::False } else { Required::True };
        let content = Content::new(Some(reference));
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required));
        Asked::Body(body.build())
    }
}

/// The input of a call.
enum Asked {
    Nothing,
    Query(Vec<Parameter>),
    Body(RequestBody),
}

/// The statuses that a call may refuse with.
fn refusals(spec: &CallSpec) -> Vec<(&'static str, &'static str)> {
    let has_body = spec.asks && spec.method != Method::Get;
    let reads = spec.method == Method::Get;
    let all = [
        ("400", "It cannot be read; `fields` says where.", true),
        ("401", "Nobody is signed in, or not with this.", true),
        ("403", "The role may never do this, or it has to be confirmed.", true),
        ("404", "Not there, or not the caller's.", true),
        ("408", "The body did not come in time.", has_body),
        ("409", "It changed meanwhile, or is in no state for this; `present` shows it.", !reads),
        ("410", "What was named has ended.", !reads || spec.open),
        ("413", "The body is too large.", has_body),
        ("415", "The body is not JSON.", has_body),
        ("422", "Well-formed, but refused by a rule; `fields` says which values.", spec.asks || !reads),
        ("423", "The device is locked.", true),
        ("429", "Too many requests.", true),
        ("500", "Something broke on the server's side.", true),
        ("503", "Switched off, or too much at once.", true),
    ];
    all.into_iter().filter(|(.., is_so)| *is_so).map(|(status, why, _)| (status, why)).collect()
}

/// The schema of a field as a parameter. A parameter is present or absent, so `null` is left out.
fn plain(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::OneOf(mut choices)) => {
            let is_null = |choice: &RefOr<Schema>| matches!(choice, RefOr::T(Schema::Object(object)) if object.schema_type == Type::Null.into());
            choices.items.retain(|choice| !is_null(choice));
            if choices.items.len() == 1 { choices.items.remove(0) } else { RefOr::T(Schema::OneOf(choices)) }
        }
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &object.schema_type {
                let kind = types.iter().find(|kind| **kind != Type::Null);
                object.schema_type = SchemaType::Type(kind.cloned().unwrap_or(Type::String));
            }
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// Forbids further fields in a choice between objects that are each named by their only field.
fn close(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::OneOf(choices)) = schema {
        for choice in &mut choices.items {
            if let RefOr::T(Schema::Object(object)) = choice
                && !object.properties.is_empty()
            {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
}

fn id() -> RefOr<Schema> {
    let format = SchemaFormat::Custom("uuid".to_owned());
    RefOr::T(ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into())
}

fn told(about: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(about))
        .build()
}

fn parameter(name: &str, place: ParameterIn, required: bool, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .schema(Some(schema))
        .build()
}
