using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Http;
using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Checks;

/// <summary>Asks NMI how it is, and whether it intercepts.</summary>
internal sealed class NmiAttempt : IAttempt
{
    private readonly NmiHealthCheckOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;
    private readonly NmiLooks _nmi;
    private History _history = History.Empty;

    public NmiAttempt(NmiHealthCheckOptions options, TimeProvider time, Func<HttpMessageHandler>? network = null)
    {
        (_options, _time, _client) = (options, time, new HttpMessageInvoker(network?.Invoke() ?? DirectHttp.CreateHandler()));
        _nmi = new NmiLooks(new HttpProbe(_client, time), NmiEndpoint.Of(options), options.MetadataAddress);
    }

    public async Task<Verdict> RunAsync(CancellationToken stopping)
    {
        var start = _time.GetTimestamp();
        var look = await _nmi.LookAsync(_options.AttemptTimeout, VerifiesInterception, stopping).ConfigureAwait(false);
        var seen = new Observation { RequireActive = _options.RequireActive, At = _time.GetUtcNow() }.With(look);
        var finding = FailureTable.Read(seen);
        var status = _history.StatusOf(finding, seen.At, _options.FailureGracePeriod, _time);
        _history = _history.After(seen, finding, _time);
        return Verdict.Of(seen, finding, status, _time.GetElapsedTime(start));
    }

    public void Dispose() => _client.Dispose();

    private bool VerifiesInterception(PlainAnswer? health) => _options is { VerifyInterception: true, RequireActive: true } && health?.SaysActive() == true;
}
