using PodIdentity.HealthChecks.Testing.Hosting;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Imds;

/// <summary>IMDS: from a request and the node's state to an answer.</summary>
internal sealed class ImdsService(SimulatedImds imds, SimulatorClock clock)
{
    private const string TokenPath = "/metadata/identity/oauth2/token";
    private const int OtherRequestsPerSecond = 5;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly Throttle _tokenRequests = new(clock.Time);
    private readonly Throttle _otherRequests = new(clock.Time);

    public async Task<Answer> AnswerAsync(string path, Query query, string? metadataHeader, CancellationToken cancellationToken)
    {
        Exchange.ReachImds();
        switch (imds.Fault)
        {
            case ImdsFault.Hang:
                return Answer.Silence;
            case ImdsFault.Refuse:
                return Answer.Silence with { Delivery = Delivery.Refused };
            case ImdsFault.Drop:
                return Answer.Silence with { Delivery = Delivery.Dropped };
        }

        var forToken = path.Equals(TokenPath, StringComparison.OrdinalIgnoreCase);
        var throttle = forToken ? _tokenRequests : _otherRequests;
        if (!imds.Throttling)
        {
            return await AnswerUnthrottledAsync(path, forToken, query, metadataHeader, cancellationToken).ConfigureAwait(false);
        }

        if (!throttle.TryEnter(forToken ? imds.RequestsPerSecond : OtherRequestsPerSecond, forToken ? imds.ConcurrentRequests : int.MaxValue))
        {
            return ImdsAnswers.Throttled(imds);
        }

        try
        {
            return await AnswerUnthrottledAsync(path, forToken, query, metadataHeader, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            throttle.Leave();
        }
    }

    /// <summary>A token for an identity, however it was chosen.</summary>
    public TokenResponse Issue(SimulatedIdentity identity, string resource)
    {
        var now = clock.UtcNow;
        var expires = now + imds.TokenLifetime;
        var notBefore = now - ClockSkew;
        return new()
        {
            AccessToken = imds.TokenFactory?.Invoke(identity) ?? Jwt.Create(identity, resource, now, notBefore, expires),
            ClientId = identity.ClientId,
            ExpiresIn = $"{(long)imds.TokenLifetime.TotalSeconds}",
            ExpiresOn = $"{expires.ToUnixTimeSeconds()}",
            NotBefore = $"{notBefore.ToUnixTimeSeconds()}",
            Resource = resource,
            TokenType = "Bearer",
        };
    }

    private async Task<Answer> AnswerUnthrottledAsync(
        string path, bool forToken, Query query, string? metadataHeader, CancellationToken cancellationToken)
    {
        if (path.StartsWith("/metadata/", StringComparison.OrdinalIgnoreCase)
            && !string.Equals(metadataHeader, "true", StringComparison.OrdinalIgnoreCase))
        {
            return ImdsAnswers.MetadataHeaderMissing;
        }

        if (!forToken)
        {
            return path.StartsWith("/metadata/instance", StringComparison.OrdinalIgnoreCase) ? ImdsAnswers.Instance : ImdsAnswers.PathNotServed(path);
        }

        await clock.Delay(imds.Latency, cancellationToken).ConfigureAwait(false);
        return ImdsAnswers.Of(imds) ?? TokenFor(query);
    }

    private Answer TokenFor(Query query)
    {
        foreach (var required in (ReadOnlySpan<string>)["api-version", "resource"])
        {
            if (query[required].Length == 0)
            {
                return ImdsAnswers.ParameterMissing(required);
            }
        }

        var userAssigned = imds.UserAssigned;
        var named = Named(query);
        var identity = named is not null ? userAssigned.FirstOrDefault(named)
            : imds.SystemAssigned ?? (userAssigned.Count == 1 ? userAssigned[0] : null);
        return identity is not null ? ImdsAnswers.Token(Issue(identity, query["resource"]))
            : named is null && userAssigned.Count > 1 ? ImdsAnswers.IdentityAmbiguous
            : ImdsAnswers.IdentityNotFound;
    }

    private static Func<SimulatedIdentity, bool>? Named(Query query)
    {
        if (query["client_id"] is { Length: > 0 } clientId)
        {
            return i => i.ClientId.Equals(clientId, StringComparison.OrdinalIgnoreCase);
        }

        if (query["object_id"] is { Length: > 0 } objectId)
        {
            return i => i.ObjectId.Equals(objectId, StringComparison.OrdinalIgnoreCase);
        }

        var resourceId = query["msi_res_id"] is { Length: > 0 } first ? first : query["mi_res_id"];
        return resourceId.Length == 0 ? null : i => i.ResourceId.Equals(resourceId, StringComparison.OrdinalIgnoreCase);
    }
}
