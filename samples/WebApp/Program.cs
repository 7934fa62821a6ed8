using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WebApp;

var builder = WebApplication.CreateBuilder(args);
if (Laptop.IsLaptop(builder) && await Laptop.StartAsync(builder) is { } mistake)
{
    await Console.Error.WriteLineAsync(mistake);
    return 1;
}

Telemetry.AddTo(builder);
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, WebAppJson.Default));
builder.Services.AddSingleton(ApplicationCredential.Create);
builder.Services.AddHealthChecks()
    .AddCheck("self", () => HealthCheckResult.Healthy("The application answers."), tags: ["live"])
    .AddGuard(builder.Configuration);

var app = builder.Build();
if (StartupOptions.FindMistakes(app.Services) is { Length: > 0 } mistakes)
{
    await Console.Error.WriteLineAsync(mistakes);
    return 1;
}

app.MapHealthChecks("/health/live", ChecksTagged("live"));
app.MapHealthChecks("/health/ready", ChecksTagged("ready"));
app.MapHealthChecks("/health/startup", ChecksTagged("startup"));
app.MapGet("/whoami", WhoAmI.AnswerAsync);
app.Services.GetService<Laptop>()?.Map(app);

var stopping = app.Lifetime.ApplicationStopping;
try
{
    await app.RunAsync();
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Told to stop while the start-up gate held: the pod was deleted before its identity came, which is no crash.
}

return 0;

static HealthCheckOptions ChecksTagged(string tag) => new()
{
    Predicate = check => check.Tags.Contains(tag),
    ResponseWriter = HealthResponseWriter.WriteAsync,
};
