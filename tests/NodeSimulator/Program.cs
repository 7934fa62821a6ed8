using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using NodeSimulator;
using PodIdentity.HealthChecks.Testing;

// Plays NMI, and the IMDS behind it, on a node's own addresses. Interception is the kernel's: the rules are set from outside.
var builder = WebApplication.CreateSlimBuilder(args);
var settings = builder.Configuration;
if (!IPAddress.TryParse(settings["HOST_IP"], out var node))
{
    await Console.Error.WriteLineAsync(
        $"HOST_IP is '{settings["HOST_IP"]}': it must be the node's address, in a pod by fieldRef status.hostIP. Example: HOST_IP=10.240.0.4");
    return 1;
}

await using var simulator = await PodIdentitySimulator.StartAsync(options =>
{
    options.StartWithIdentity = false;
    options.TimeScale = settings.GetValue("TimeScale", 1.0);
    options.ListenAddress = node;
    options.NmiProbePort = 8085;
    options.NmiEndPoint = new IPEndPoint(node, 2579);
    options.ImdsEndPoint = new IPEndPoint(IPAddress.Parse("169.254.169.254"), 80);
});
await new NodeState { Nmi = NmiState.Stopped }.ApplyToAsync(simulator);

builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(node, settings.GetValue("ControlPort", 9080)));
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, NodeJson.Default));
var app = builder.Build();
app.MapGet("/state", () => TypedResults.Ok());
// Read by hand: kubectl says nothing of what it sends.
app.MapPost("/state", async Task<Results<Ok<NodeState>, BadRequest<string>>> (Stream body, CancellationToken cancellationToken) =>
{
    try
    {
        var state = await JsonSerializer.DeserializeAsync(body, NodeJson.Default.NodeState, cancellationToken) ?? new NodeState();
        await state.ApplyToAsync(simulator);
        return TypedResults.Ok(state);
    }
    catch (JsonException exception)
    {
        return TypedResults.BadRequest($"This is no state of the node: {exception.Message} Example: {{\"nmi\": \"Killed\", \"imds\": \"Throttled\"}}");
    }
});
await app.RunAsync();
return 0;
