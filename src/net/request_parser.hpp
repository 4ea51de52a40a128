// RequestParser: what Beast's parser finds in a request, held to rules stricter than its own.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "net/request_reader.hpp"

namespace deltapost::net {

/// Reads the head, and a body whose length the head tells. For one request.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {
    eager(false);  // leaves the body alone while the head is read
    body_limit(max_body_bytes);
  }

  /// Once the head is there; 0: nothing, or it comes in chunks.
  std::size_t announced_body() const { return static_cast<std::size_t>(content_length().value_or(0)); }

  /// Doubles its room, so that a body takes less than twice what came, but never beyond what may come.
  void append_to_body(std::string_view bytes);

  Request request;
  std::string target;
  std::optional<Refusal> refusal;  // why it failed, when by a rule of ours
  bool http11 = false;
  bool is_head = false;
  bool expects_continue = false;

 private:
  using Field = boost::beast::http::field;
  using Verb = boost::beast::http::verb;
  using Text = boost::beast::string_view;
  using ErrorCode = boost::system::error_code;

  void on_request_impl(Verb verb, Text method, Text raw_target, int version, ErrorCode&) override;
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_field_impl(Field name, Text name_text, Text value, ErrorCode& ec) override;
  void on_header_impl(ErrorCode& ec) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, ErrorCode&) override;
  std::size_t on_body_impl(Text bytes, ErrorCode&) override;
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text, ErrorCode&) override { return 0; }
  void on_finish_impl(ErrorCode&) override {}

  void check_content_length(Text value, ErrorCode& ec);
  void check_transfer_encoding(Text value, ErrorCode& ec);
  void check_host(Text value, ErrorCode& ec);
  void check_expect(Text value, ErrorCode& ec);
  void refuse(ErrorCode& ec, int status, std::string detail);
  void refuse_two_lengths(ErrorCode& ec);

  const std::size_t max_body_bytes_;
  bool has_length_ = false;
  bool has_encoding_ = false;
  bool has_host_ = false;
};

}  // namespace deltapost::net
