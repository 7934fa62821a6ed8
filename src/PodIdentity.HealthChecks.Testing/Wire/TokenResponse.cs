using System.Text.Json;

namespace PodIdentity.HealthChecks.Testing.Wire;

/// <summary>A token response's fields, as IMDS gives them and NMI passes them on: all text.</summary>
internal sealed record TokenResponse
{
    public string AccessToken { get; init; } = "";

    public string ClientId { get; init; } = "";

    public string ExpiresIn { get; init; } = "";

    public string ExpiresOn { get; init; } = "";

    public string NotBefore { get; init; } = "";

    public string Resource { get; init; } = "";

    public string TokenType { get; init; } = "";

    public string ToImdsJson() => GoJson.Object(
        ("access_token", AccessToken),
        ("client_id", ClientId),
        ("expires_in", ExpiresIn),
        ("expires_on", ExpiresOn),
        ("ext_expires_in", ExpiresIn),
        ("not_before", NotBefore),
        ("resource", Resource),
        ("token_type", TokenType));

    /// <summary>NMI leaves out client_id and ext_expires_in, and knows an empty refresh token.</summary>
    public string ToNmiJson() => GoJson.Object(
        ("access_token", AccessToken),
        ("refresh_token", ""),
        ("expires_in", ExpiresIn),
        ("expires_on", ExpiresOn),
        ("not_before", NotBefore),
        ("resource", Resource),
        ("token_type", TokenType));

    /// <summary>Reads JSON as adal does: what is missing is empty.</summary>
    public static TokenResponse Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new()
        {
            AccessToken = Field("access_token"),
            ExpiresIn = Field("expires_in"),
            ExpiresOn = Field("expires_on"),
            NotBefore = Field("not_before"),
            Resource = Field("resource"),
            TokenType = Field("token_type"),
        };

        string Field(string name) =>
            root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) ? value.ToString() : "";
    }
}
