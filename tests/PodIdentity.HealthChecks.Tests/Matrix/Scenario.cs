namespace PodIdentity.HealthChecks.Tests.Matrix;

/// <summary>Something that can be wrong with a node, and what the pod on it expects.</summary>
/// <param name="Name">As in the README's table.</param>
internal sealed record Scenario(string Name)
{
    public Func<PodIdentitySimulator, Task> Arrange { get; init; } = _ => Task.CompletedTask;

    public Action<PodIdentityHealthCheckOptions, PodIdentitySimulator>? Expect { get; init; }

    /// <summary>Whether both checks have been healthy before, and what is wrong began after that.</summary>
    public bool AfterSuccess { get; init; }

    /// <summary>Whether NMI or IMDS lets the token request wait for longer than an attempt takes.</summary>
    public bool Hangs { get; init; }

    /// <summary>Whether HOST_IP is in the pod's environment.</summary>
    public bool KnowsHostIp { get; init; } = true;
}
