namespace PodIdentity.HealthChecks.Http;

/// <summary>The way to a simulator in the process: as a service, it stands before the connections of every check of the container.</summary>
/// <param name="Lead">Takes what sends to the network, and returns what sends to the simulator where that plays the server.</param>
internal sealed record Detour(Func<HttpMessageHandler, HttpMessageHandler> Lead);
