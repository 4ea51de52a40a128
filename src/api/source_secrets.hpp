// The secrets of sources: the token in a source's URL and what its senders sign with. Sealed beside the
// record; an answer shows them only when they are made, when they are rotated and at …/secret.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "base/result.hpp"
#include "intake/source.hpp"

namespace deltapost::api {

std::string new_token(Services& services);
/// The source's URL as this client would reach it.
std::string url_of(const Call& call, const std::string& token);

/// Takes `secret` out of the input; nullopt when it is not there.
Result<std::optional<std::string>> take_secret(JsonObject& input);
/// The secret to use with a verifier: the given one, if it fits, or a new one; none where the verifier has
/// none.
Result<std::vector<intake::TimedText>> secrets_for(Services& services, const format::Verifier& verifier,
                                                   const std::optional<std::string>& given);

Result<intake::SourceSecrets> open_secrets(const Services& services, const RecordKey& key,
                                           const std::optional<std::string>& sealed);
std::string seal_secrets(const Services& services, const RecordKey& key,
                         const intake::SourceSecrets& secrets);

/// url, token, secret, and until when those before are good.
void put_secrets(JsonObject& body, const std::string& url, const intake::SourceSecrets& secrets);

}  // namespace deltapost::api
