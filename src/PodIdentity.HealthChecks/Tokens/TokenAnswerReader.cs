using System.Globalization;
using System.Text;
using System.Text.Json;
using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Reads what an answer says, whatever it is: any bytes give an exchange, never an exception.</summary>
internal static class TokenAnswerReader
{
    private const long MaxLifetimeSeconds = 366L * 24 * 60 * 60;

    /// <summary>Years, as a hostile answer may ask for, would be beyond the calendar when they are added to a time.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public static TokenExchange Read(TokenAnswer answer, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        using var document = Parse(body);
        var json = document?.RootElement;
        var text = answer.Status is 200 ? null : ErrorText(json, body, answer.ContentType);
        var exchange = new TokenExchange
        {
            Endpoint = answer.Endpoint,
            ToEntra = answer.ToEntra,
            Status = answer.Status,
            RetryAfter = answer.RetryAfter > LongestWait ? LongestWait : answer.RetryAfter,
            Responder = Responders.Name(answer, json, text),
        };
        if (answer.Status is 200)
        {
            // Nothing of such a body is ever shown: it may be a token in a shape that nobody expects.
            return exchange with { Token = json is { ValueKind: JsonValueKind.Object } found ? ReadToken(found, now) : null };
        }

        var inner = exchange.Responder is PodIdentityResponder.Nmi && text is not null ? InnerAnswer.Find(text) : null;
        return exchange with
        {
            Text = text is null ? null : SafeText.ForPeople(inner is not null ? InnerText(inner.Body) : text),
            HasError = text is not null && json is not null,
            Known = KnownAnswers.Find(text),
            InnerStatus = inner?.Status,
            EntraError = text is null ? null : EntraErrors.Find(text),
        };
    }

    private static string InnerText(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var document = Parse(bytes);
        return ErrorText(document?.RootElement, bytes, "text/plain") ?? body;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TokenFacts? ReadToken(JsonElement json, DateTimeOffset now)
    {
        // Of two tokens, which one a credential would take is anybody's guess: neither is verified.
        var count = 0;
        JsonElement token = default;
        foreach (var (name, value) in JsonText.Properties(json))
        {
            if (string.Equals(name, "access_token", StringComparison.OrdinalIgnoreCase))
            {
                (token, count) = (value, count + 1);
            }
        }

        if (count != 1 || JsonText.Read(token) is not { Length: > 0 } text || text.Any(char.IsWhiteSpace))
        {
            return null;
        }

        var (identity, expiresOn, issuedAt) = TokenClaims.Read(text);
        return new TokenFacts(identity, Earlier(UnixTime.Read(json, "expires_on") ?? After(now, json), expiresOn), issuedAt);
    }

    /// <summary>A token is no good after its own expiry, and no credential uses it after the one that it was told.</summary>
    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => other < one ? other : one ?? other;

    private static DateTimeOffset? After(DateTimeOffset now, JsonElement json) =>
        UnixTime.ReadSeconds(json, "expires_in") is { } seconds && seconds is >= 0 and <= MaxLifetimeSeconds
            ? now + TimeSpan.FromSeconds(seconds)
            : null;

    private static string? ErrorText(JsonElement? json, ReadOnlyMemory<byte> body, string? contentType)
    {
        if (json is { ValueKind: JsonValueKind.Object } found)
        {
            var parts = new[] { JsonText.FindText(found, "error"), JsonText.FindText(found, "error_description") }.Where(p => !string.IsNullOrEmpty(p)).ToArray();
            return parts.Length > 0 ? string.Join(": ", parts) : null;
        }

        return json is null && contentType?.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) == true
            ? Encoding.UTF8.GetString(body.Span)
            : null;
    }
}

/// <summary>An answer to a token request as it came over the wire, from the address without its query, where that is known.</summary>
internal readonly record struct TokenAnswer(
    string? Endpoint, bool ToEntra, int Status, string? Server = null, string? ContentType = null, TimeSpan? RetryAfter = null);

/// <summary>NMI's words for what IMDS answered it: "adal: Refresh request failed. Status Code = '400'. Response body: … Endpoint http…".</summary>
internal sealed record InnerAnswer(int Status, string Body)
{
    private const string BeforeStatus = "Status Code = '";
    private const string BeforeBody = "'. Response body: ";
    private const string AfterBody = " Endpoint http";
    private const int Digits = 3;

    public static InnerAnswer? Find(ReadOnlySpan<char> text)
    {
        while (text.IndexOf(BeforeStatus) is >= 0 and var at)
        {
            text = text[(at + BeforeStatus.Length)..];
            if (text is [>= '1' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ..] && text[Digits..].StartsWith(BeforeBody))
            {
                var body = text[(Digits + BeforeBody.Length)..];
                var end = body.IndexOf(AfterBody);
                return new InnerAnswer(int.Parse(text[..Digits], CultureInfo.InvariantCulture), (end < 0 ? body : body[..end]).ToString());
            }
        }

        return null;
    }
}
