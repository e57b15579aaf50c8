//! The values without parts: texts, numbers, times, and JSON that is kept as it is.

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, MicroTime, Time};
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::{ApiValue, Misfit};

/// A value that is written to JSON by `$write` and read by `$read`, which gives nothing for the wrong type.
macro_rules! leaf {
    ($type:ty, $empty:expr, $expected:literal, $read:expr, $write:expr) => {
        impl ApiValue for $type {
            fn empty() -> $type {
                $empty
            }

            fn read(&mut self, value: Value) -> Result<(), Misfit> {
                let read: fn(&Value) -> Option<$type> = $read;
                *self = read(&value).ok_or_else(|| Misfit::new(&value, $expected))?;
                Ok(())
            }

            fn write(&self) -> Option<Value> {
                let write: fn(&$type) -> Value = $write;
                Some(write(self))
            }
        }
    };
}

fn timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

leaf!(String, String::new(), "a string", |value| value.as_str().map(str::to_owned), |text| text.clone().into());
leaf!(bool, false, "a boolean", Value::as_bool, |bool| (*bool).into());
leaf!(i32, 0, "i32", |value| value.as_i64()?.try_into().ok(), |number| (*number).into());
leaf!(i64, 0, "i64", Value::as_i64, |number| (*number).into());
leaf!(
    Quantity,
    Quantity::default(),
    "Quantity",
    |value| match value {
        Value::String(text) => Some(Quantity(text.clone())),
        Value::Number(number) => Some(Quantity(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    },
    |quantity| quantity.0.clone().into()
);
leaf!(
    IntOrString,
    IntOrString::default(),
    "IntOrString",
    |value| match value {
        Value::String(text) => Some(IntOrString::String(text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(IntOrString::Int(value.as_i64()?.try_into().ok()?))
        }
    },
    |value| match value {
        IntOrString::Int(number) => (*number).into(),
        IntOrString::String(text) => text.clone().into(),
    }
);
// Fractions of a second are left out, as by Go.
leaf!(Time, Time(Timestamp::UNIX_EPOCH), "a time", |value| timestamp(value).map(Time), |time| {
    let seconds = time.0.as_nanosecond().div_euclid(1_000_000_000);
    Timestamp::from_second(seconds as i64).unwrap_or(time.0).to_string().into()
});
leaf!(MicroTime, MicroTime(Timestamp::UNIX_EPOCH), "a time", |value| timestamp(value).map(MicroTime), |time| format!(
    "{:.6}",
    time.0
)
.into());
leaf!(
    ByteString,
    ByteString::default(),
    "a base64-encoded string",
    |value| if value.is_null() { Some(ByteString::default()) } else { serde_json::from_value(value.clone()).ok() },
    |bytes| serde_json::to_value(bytes).unwrap_or_default()
);
leaf!(RawExtension, RawExtension::default(), "JSON", |value| Some(RawExtension(value.clone())), |raw| raw.0.clone());
leaf!(FieldsV1, FieldsV1::default(), "JSON", |value| Some(FieldsV1(value.clone())), |raw| raw.0.clone());
