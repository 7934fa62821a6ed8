using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Looks at the token that workload identity exchanges at Microsoft Entra ID: where it is, and whether it can be any good.</summary>
internal static class FederatedTokenFile
{
    private const string Variable = "AZURE_FEDERATED_TOKEN_FILE";

    /// <returns><see langword="null"/> on a pod without workload identity.</returns>
    public static FederatedTokenFacts? Inspect(DateTimeOffset now) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? new FederatedTokenFacts(path, FindProblem(path, now)) : null;

    private static string? FindProblem(string path, DateTimeOffset now)
    {
        try
        {
            if (!File.Exists(path))
            {
                return "does not exist";
            }

            using var file = File.OpenRead(path);
            var buffer = new byte[BoundedBody.Limit + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length > BoundedBody.Limit
                ? "is too long for a token"
                : FindProblem(Encoding.UTF8.GetString(buffer, 0, length).Trim(), new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero), now);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "cannot be read";
        }
    }

    private static string? FindProblem(string token, DateTimeOffset written, DateTimeOffset now)
    {
        var age = $"it was written {Phrases.For(now - written)} ago";
        var (_, expiresOn) = TokenClaims.Read(token);
        return expiresOn is null ? $"holds no service account token with an expiry ({age})"
            : expiresOn <= now ? $"holds a token that expired {Phrases.For(now - expiresOn.Value)} ago ({age})"
            : null;
    }
}
