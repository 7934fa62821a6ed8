namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Standard output and standard error.</summary>
internal interface IOutput
{
    /// <returns>Whether the line was taken.</returns>
    bool WriteOut(string line);

    /// <inheritdoc cref="WriteOut"/>
    bool WriteError(string line);

    /// <summary>From now on a line that nobody takes within a second is dropped: something has to go on, or to end.</summary>
    void DropUnread();
}
