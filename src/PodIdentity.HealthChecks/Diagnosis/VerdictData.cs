namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>The facts of a verdict for machines, by the keys of <see cref="PodIdentityDataKeys"/>.</summary>
internal static class VerdictData
{
    public static IReadOnlyDictionary<string, object> Of(Observation seen, Finding finding, TimeSpan elapsed)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { [PodIdentityDataKeys.Elapsed] = elapsed };
        Add(data, PodIdentityDataKeys.Reason, finding.Reason?.ToString());
        Add(data, PodIdentityDataKeys.Hint, finding.Hint);
        Add(data, PodIdentityDataKeys.Mode, seen.Mode.ToString());
        Add(data, PodIdentityDataKeys.Resource, seen.Resource);
        Add(data, PodIdentityDataKeys.Endpoint, seen.Token?.Endpoint ?? seen.Health?.Endpoint);
        Add(data, PodIdentityDataKeys.HttpStatus, seen.Token is { } exchange ? exchange.Status : seen.Health?.Status);
        Add(data, PodIdentityDataKeys.Responder, seen.Token is { Responder: not PodIdentityResponder.Unknown } named ? named.Responder.ToString() : null);
        Add(data, PodIdentityDataKeys.NmiHealth, seen.Health is { } health ? Phrases.For(health) : null);
        if (seen.Token?.Token is { } token)
        {
            Add(data, PodIdentityDataKeys.IssuedAt, token.IssuedAt);
            Add(data, PodIdentityDataKeys.ExpiresOn, token.ExpiresOn);
            Add(data, PodIdentityDataKeys.RemainingLifetime, token.ExpiresOn - seen.At);
            Add(data, PodIdentityDataKeys.ClientId, token.Identity.ClientId);
            Add(data, PodIdentityDataKeys.ObjectId, token.Identity.ObjectId);
            Add(data, PodIdentityDataKeys.TenantId, token.Identity.TenantId);
            Add(data, PodIdentityDataKeys.ResourceId, token.Identity.ResourceId);
        }

        return data;
    }

    private static void Add(Dictionary<string, object> data, string key, object? value)
    {
        if (value is not null)
        {
            data[key] = value;
        }
    }
}
