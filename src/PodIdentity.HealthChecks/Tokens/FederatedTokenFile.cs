using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Looks at the token that workload identity exchanges at Microsoft Entra ID: where it is, and whether it can be any good.</summary>
internal static class FederatedTokenFile
{
    private const string Unwritten =
        "The kubelet writes it: check the pod's projected volume, the service account, and the label `azure.workload.identity/use: \"true\"`";

    private const string Unreadable = "Set `fsGroup` in the pod's securityContext: the kubelet then lets that group read the token";

    private const string Stale =
        "The kubelet should have renewed it after 80% of its lifetime: check the node's clock and the kubelet's log, or recreate the pod";

    /// <returns><see langword="null"/> on a pod without workload identity.</returns>
    public static FederatedTokenFacts? Inspect(DateTimeOffset now) =>
        Environment.GetEnvironmentVariable(FederatedTokenFacts.Variable) is { Length: > 0 } path ? Inspect(path, now) : null;

    public static FederatedTokenFacts Inspect(string path, DateTimeOffset now)
    {
        var (text, problem) = SmallFile.Read(path, BoundedBody.Limit);
        var claims = text is null ? FederatedTokenClaims.None : TokenClaims.ReadFederated(text.Trim());
        var hint = problem is SmallFile.NotPermitted ? Unreadable : claims.ExpiresOn is null ? Unwritten : Stale;
        problem ??= FindProblem(claims.ExpiresOn, new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero), now);
        return new FederatedTokenFacts(SafeText.Identifier(path), problem, problem is null ? null : hint) { Claims = claims };
    }

    /// <returns>The token; <see langword="null"/> where there is nothing that could be one.</returns>
    public static string? Read(string path) => SmallFile.Read(path, BoundedBody.Limit).Text?.Trim() is { Length: > 0 } token ? token : null;

    private static string? FindProblem(DateTimeOffset? expiresOn, DateTimeOffset written, DateTimeOffset now)
    {
        var age = $"it was written {Phrases.For(now - written)} ago";
        return expiresOn is null ? $"holds no service account token with an expiry ({age})"
            : expiresOn <= now ? $"holds a token that expired {Phrases.For(now - expiresOn.Value)} ago ({age})"
            : null;
    }
}
