namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard error only, where standard output belongs to somebody else.</summary>
internal sealed class ErrorOutput(IOutput output) : IOutput
{
    public bool WriteOut(string line) => output.WriteError(line);

    public bool WriteError(string line) => output.WriteError(line);

    public void DropUnread() => output.DropUnread();
}
