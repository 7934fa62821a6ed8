using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using NodeSimulator;
using PodIdentity.HealthChecks.Testing;

var builder = WebApplication.CreateSlimBuilder(args);
var settings = builder.Configuration;
var (control, configure, error) = Played.Read(settings);
if (error is not null)
{
    await Console.Error.WriteLineAsync(error);
    return 1;
}

await using var simulator = await PodIdentitySimulator.StartAsync(options =>
{
    options.StartWithIdentity = false;
    options.TimeScale = settings.GetValue("TimeScale", 1.0);
    configure(options);
});
if (settings["Issuer"] is { } issuer)
{
    simulator.Entra.TrustIssuer(issuer, settings["IssuerKeys"] ?? "");
}

var current = new NodeState { Nmi = NmiState.Stopped };
await current.ApplyToAsync(simulator, before: new NodeState());

builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(control, settings.GetValue("ControlPort", 9080)));
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, NodeJson.Default));
var app = builder.Build();
app.MapGet("/state", () => TypedResults.Ok());
app.MapGet("/certificate-authority", () => TypedResults.Text(simulator.Entra.CertificateAuthority.ExportCertificatePem()));
app.MapGet("/exchanges", () => simulator.Requests.Count(r => r is { Responder: SimulatedResponder.Entra, Method: "POST" }));
// Read by hand: kubectl says nothing of what it sends.
app.MapPost("/state", async Task<Results<Ok<NodeState>, BadRequest<string>>> (Stream body, CancellationToken cancellationToken) =>
{
    try
    {
        var state = await JsonSerializer.DeserializeAsync(body, NodeJson.Default.NodeState, cancellationToken) ?? new NodeState();
        await state.ApplyToAsync(simulator, before: current);
        current = state;
        return TypedResults.Ok(state);
    }
    catch (Exception exception) when (exception is JsonException or ArgumentException)
    {
        return TypedResults.BadRequest($"This is no state of the node: {exception.Message} Example: {{\"nmi\": \"Killed\", \"imds\": \"Throttled\"}}");
    }
});
await app.RunAsync();
return 0;
