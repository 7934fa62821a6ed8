using System.Buffers.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace WebApp;

/// <summary>Whose token it is, and until when. Never the token.</summary>
internal sealed record Owner(string? ClientId, string? TenantId, DateTimeOffset ExpiresOn);

/// <summary>The business of this application: it says which identity it works as.</summary>
internal static class WhoAmI
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<Results<Ok<Owner>, ProblemHttpResult>> AnswerAsync(
        TokenCredential credential, IServiceProvider services, ILogger<Program> logger, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            // The resource as it is written, slash and all: it is part of the key of the credential's cache.
            var scope = ApplicationCredential.OptionsOf(services).Resource + "/.default";
            return TypedResults.Ok(Describe(await credential.GetTokenAsync(new TokenRequestContext([scope]), either.Token)));
        }
        catch (Exception exception) when (exception is AuthenticationFailedException || patience.IsCancellationRequested)
        {
            logger.LogWarning(exception, "No token for this pod.");
            return TypedResults.Problem(
                title: "This pod gets no token",
                detail: "GET /health/ready says which part is broken and what to do about it; the exception is in the application's log.",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static Owner Describe(AccessToken token)
    {
        using var claims = ReadClaims(token.Token);
        return new Owner(Text(claims, "appid") ?? Text(claims, "azp"), Text(claims, "tid"), token.ExpiresOn);
    }

    /// <summary>Reads a JWT's claims without checking its signature: that is for those who accept the token, not for its owner.</summary>
    private static JsonDocument? ReadClaims(string token)
    {
        try
        {
            return token.Split('.') is [_, var payload, _] ? JsonDocument.Parse(Base64Url.DecodeFromChars(payload)) : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null; // not a JWT: it does not say whose it is
        }
    }

    private static string? Text(JsonDocument? claims, string name) =>
        claims is { RootElement.ValueKind: JsonValueKind.Object } && claims.RootElement.TryGetProperty(name, out var claim) && claim.ValueKind is JsonValueKind.String
            ? claim.GetString()
            : null;
}
