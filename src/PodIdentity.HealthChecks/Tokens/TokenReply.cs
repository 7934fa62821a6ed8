using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>What came back for a token request: what was read from it and, for a credential, the response itself.</summary>
internal sealed record TokenReply(TokenExchange Exchange, HttpResponseMessage? Response = null, byte[]? Body = null);
