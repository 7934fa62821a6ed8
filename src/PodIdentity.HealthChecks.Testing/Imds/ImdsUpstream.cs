using System.Net;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Imds;

/// <summary>IMDS as NMI and the proxy sidecar reach it from behind: the same service and limits, recorded as forwarded.</summary>
internal sealed class ImdsUpstream(ImdsService imds, RequestLog log, SimulatorClock clock)
{
    private long _requests;

    public Task<Answer> AskAsync(
        string method, string path, string query, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        log.Add(new()
        {
            Responder = SimulatedResponder.Imds,
            Method = method,
            Path = path,
            Query = query,
            Headers = headers,
            RemoteAddress = IPAddress.Loopback,
            ConnectionId = $"upstream-{Interlocked.Increment(ref _requests)}",
            At = clock.UtcNow,
            Forwarded = true,
        });
        return imds.AnswerAsync(path, Query.Parse(query), headers.GetValueOrDefault("Metadata"), cancellationToken);
    }
}
