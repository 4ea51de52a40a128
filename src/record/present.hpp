// The record as answers and webhooks show it: its document, with what is kept beside it put in. Pure.
#pragma once

#include "base/time.hpp"
#include "record/json_writer.hpp"
#include "record/record.hpp"

namespace deltapost {

/// As the next value of `out`: the document with `updatedAt` after ipAddress (contacts) or createdAt
/// (others), and `version` at the end; the text of what lead::present and contact::present give.
void write_presented(JsonWriter& out, Kind kind, const JsonObject& document, Time updated_at,
                     Version version);
/// The same from a text that document_text gave.
void write_presented(JsonWriter& out, const DocumentText& document, Time updated_at, Version version);

/// to_text of the document, with the place.
DocumentText document_text(Kind kind, const JsonObject& document);

}  // namespace deltapost
