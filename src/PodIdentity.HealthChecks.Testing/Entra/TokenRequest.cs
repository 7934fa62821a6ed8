namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>A token request of the client credentials flow.</summary>
internal sealed record TokenRequest(string Tenant, IReadOnlyDictionary<string, string> Form)
{
    private const string DefaultScope = "/.default";

    public string ClientId => Field("client_id");

    public string Scope => Field("scope");

    /// <summary>What the scope names; <see langword="null"/> when it is none of this flow's.</summary>
    public string? Resource => Scope.EndsWith(DefaultScope, StringComparison.Ordinal) && Scope.Length > DefaultScope.Length ? Scope[..^DefaultScope.Length] : null;

    public Assertion? Assertion { get; } = Assertion.Read(Form.GetValueOrDefault("client_assertion", ""));

    public string Field(string name) => Form.GetValueOrDefault(name, "");

    /// <returns><see langword="null"/> when nothing is missing.</returns>
    public string? FindMissing() =>
        Array.Find(["grant_type", "client_id", "scope", "client_assertion_type", "client_assertion"], name => Field(name).Length == 0);
}
