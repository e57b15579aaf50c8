//! The structs of the API.

mod core;
mod others;

/// Makes structs [`ApiValue`](super::ApiValue)s.
macro_rules! structs {
    ($($name:ident $(: $resource:ident)? { $($field:ident $(= $json:ident)?),* })*) => {$(
        impl $crate::json::ApiValue for $name {
            fn empty() -> Self {
                Self { $($field: $crate::json::ApiValue::empty()),* }
            }
            fn read(&mut self, value: serde_json::Value) -> Result<(), $crate::json::Misfit> {
                $crate::json::read_struct(self, value)
            }
            fn write(&self) -> Option<serde_json::Value> {
                $crate::json::write_struct(self)
            }
            fn names(&self) -> &'static str {
                concat!($(structs!(@name $field $($json)?), " "),*)
            }
            $(structs!(@$resource);)?
            fn fields(&self, _visit: $crate::json::Visit<'_>) {
                $(_visit(&self.$field);)*
            }
            fn fields_mut(&mut self, _visit: $crate::json::VisitMut<'_>) {
                $(_visit(&mut self.$field);)*
            }
        }
    )*};
    (@resource) => {
        fn version_and_kind(&self) -> Option<(&'static str, &'static str)> {
            Some((<Self as k8s_openapi::Resource>::API_VERSION, <Self as k8s_openapi::Resource>::KIND))
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $json:ident) => { stringify!($json) };
}
use structs;
