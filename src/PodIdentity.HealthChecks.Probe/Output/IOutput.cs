namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard output and standard error.</summary>
internal interface IOutput
{
    void WriteOut(string line);

    void WriteError(string line);
}
