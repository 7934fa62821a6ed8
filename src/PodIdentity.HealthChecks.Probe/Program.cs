using System.Collections;
using PodIdentity.HealthChecks.Probe;
using PodIdentity.HealthChecks.Probe.Output;

Streams.FillClosed();
using var streams = new Streams();
try
{
    var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!, StringComparer.Ordinal);
    return await new Application(streams, environment, TimeProvider.System).RunAsync(args).ConfigureAwait(false);
}
#pragma warning disable CA1031 // Nothing is above this. The text of an exception may hold a secret, so only its type is shown.
catch (Exception exception)
#pragma warning restore CA1031
{
    streams.WriteError($"podidentity-probe failed: {exception.GetType().Name}. Please report it with the command and the version.");
    return ExitCode.Internal;
}
