using System.Text;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>Looks at the token that workload identity exchanges at Microsoft Entra ID: where it is, and whether it can be any good.</summary>
internal static class FederatedTokenFile
{
    /// <returns><see langword="null"/> on a pod without workload identity.</returns>
    public static FederatedTokenFacts? Inspect(DateTimeOffset now) =>
        Environment.GetEnvironmentVariable(FederatedTokenFacts.Variable) is { Length: > 0 } path ? Inspect(path, now) : null;

    public static FederatedTokenFacts Inspect(string path, DateTimeOffset now) => new(path, FindProblem(path, now));

    /// <returns>The token; <see langword="null"/> where there is nothing that could be one.</returns>
    public static string? Read(string path) => ReadText(path).Token is { Length: > 0 } token ? token : null;

    private static string? FindProblem(string path, DateTimeOffset now)
    {
        var (token, problem) = ReadText(path);
        return token is null ? problem : FindProblem(token, new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero), now);
    }

    private static (string? Token, string? Problem) ReadText(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return (null, "does not exist");
            }

            using var file = File.OpenRead(path);
            var buffer = new byte[BoundedBody.Limit + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length > BoundedBody.Limit ? (null, "is too long for a token") : (Encoding.UTF8.GetString(buffer, 0, length).Trim(), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, "cannot be read");
        }
    }

    private static string? FindProblem(string token, DateTimeOffset written, DateTimeOffset now)
    {
        var age = $"it was written {Phrases.For(now - written)} ago";
        var (_, expiresOn, _) = TokenClaims.Read(token);
        return expiresOn is null ? $"holds no service account token with an expiry ({age})"
            : expiresOn <= now ? $"holds a token that expired {Phrases.For(now - expiresOn.Value)} ago ({age})"
            : null;
    }
}
