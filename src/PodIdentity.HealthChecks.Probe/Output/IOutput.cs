namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Where lines go.</summary>
internal interface IOutput
{
    void WriteOut(string line);

    void WriteError(string line);
}
