using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>Asks NMI how it is, and whether it intercepts.</summary>
internal sealed class NmiAttempt(NmiHealthCheckOptions options, TimeProvider time) : IAttempt
{
    private readonly HttpMessageInvoker _client = new(DirectHttp.CreateHandler());
    private History _history = History.Empty;

    public async Task<Verdict> RunAsync(CancellationToken stopping)
    {
        var start = time.GetTimestamp();
        var probes = new NmiProbes(new PlainRequest(_client, time), NmiEndpoint.Of(options), options.MetadataAddress);
        var health = await probes.AskHealthAsync(options.AttemptTimeout, stopping).ConfigureAwait(false);
        var left = options.AttemptTimeout - time.GetElapsedTime(start);
        var verify = options is { VerifyInterception: true, RequireActive: true } && health?.SaysActive() == true && left > TimeSpan.Zero;
        var seen = new Observation
        {
            Health = health,
            Fingerprint = verify ? await probes.AskFingerprintAsync(left, stopping).ConfigureAwait(false) : null,
            RequireActive = options.RequireActive,
            At = time.GetUtcNow(),
        };
        var finding = FailureTable.Read(seen);
        var severity = Judgement.Of(finding, _history, seen.At, options.FailureGracePeriod);
        _history = _history.After(seen, finding);
        return Verdict.Of(seen, finding, severity, time.GetElapsedTime(start));
    }

    public void Dispose() => _client.Dispose();
}
