// cloudevents: CloudEvents 1.0, structured mode in JSON (github.com/cloudevents/spec, json-format.md). Its
// data are those of the standard format.
//   source  /deltapost/accounts/<account id>     subject  leads/<id>, contacts/<id>, endpoints/<id>
//   type    io.deltapost.<event type>            time     when the change was committed
#include "format/formats.hpp"

namespace deltapost::format::cloudevents {

bool expresses(std::string_view event_type) {
  return standard::expresses(event_type);
}

std::string body(const Rendering& rendering) {
  const Change& change = rendering.view.change;
  JsonWriter out(kUsualBodySize);
  out.open_object();
  out.key("specversion").string("1.0");
  out.key("id").string(rendering.event.id);
  out.key("source").string("/deltapost/accounts/" + change.key.account.text());
  out.key("type").string("io.deltapost." + rendering.event.type);
  out.key("subject").string(std::string(to_string(change.key.kind)) + "s/" + wire_id(change.key));
  out.key("time").string(iso_millis(change.at));
  out.key("datacontenttype").string("application/json");
  out.key("data");
  standard::write_data(out, rendering.view, rendering.options);
  out.close_object();
  return out.take();
}

}  // namespace deltapost::format::cloudevents
