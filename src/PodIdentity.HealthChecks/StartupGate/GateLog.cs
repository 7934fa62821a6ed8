using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.StartupGate;

/// <summary>The lines of the start-up gates. Ids and names are a contract; 100 to 119 belong to them.</summary>
internal static partial class GateLog
{
    [LoggerMessage(100, LogLevel.Information, "Start-up gate '{Gate}' waits up to {Timeout} for {Checks}", EventName = "StartupGateWaiting")]
    public static partial void Waiting(ILogger logger, string gate, string checks, string timeout);

    [LoggerMessage(101, LogLevel.Warning, "Start-up gate '{Gate}' holds the host for up to {Left} more: {Failing}", EventName = "StartupGateHolding")]
    public static partial void Holding(ILogger logger, string gate, string left, string failing);

    [LoggerMessage(102, LogLevel.Information, "Start-up gate '{Gate}' opened after {Elapsed}, tries: {Tries}", EventName = "StartupGateOpened")]
    public static partial void Opened(ILogger logger, string gate, string elapsed, int tries);

    [LoggerMessage(103, LogLevel.Warning, "Start-up gate '{Gate}' is switched off by {Variable}: the host starts without waiting", EventName = "StartupGateDisabled")]
    public static partial void Disabled(ILogger logger, string gate, string variable);
}
