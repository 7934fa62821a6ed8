using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using PodIdentity.HealthChecks;

var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration;
var onLaptop = builder.Environment.IsDevelopment() && string.IsNullOrWhiteSpace(settings["HOST_IP"]);
if (onLaptop) builder.AddPodIdentitySimulator(simulator => simulator.TimeScale = 0.01); // NMI's wait of 80 s takes 0.8 s

var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(PodIdentityMetrics.MeterName));
if (!string.IsNullOrEmpty(settings["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();

var identity = settings["PodIdentity:ClientId"] is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned;
builder.Services.AddSingleton<TokenCredential>(new ManagedIdentityCredential(
    new ManagedIdentityCredentialOptions(identity) { RetryPolicy = new RetryPolicy(maxRetries: 1) })); // by default it retries for 25 s

// What this application checks itself. With workload identity there is no NMI; with None, that is left to an init container, a probe or a sidecar.
var guard = settings["Guard"] ?? "Identity";
if (guard is not ("Identity" or "Nmi" or "WorkloadIdentity" or "None"))
    return Fail($"Guard is '{guard}': it must be Identity, Nmi, WorkloadIdentity or None. Example: Guard=Identity");
if (!TimeSpan.TryParse(settings["ShutdownDelay"] is { Length: > 0 } text ? text : "00:00:05", out var delay) || delay is not { Ticks: >= 0, TotalSeconds: <= 20 })
    return Fail($"ShutdownDelay is '{settings["ShutdownDelay"]}': it must be from 00:00:00 to 00:00:20. Example: ShutdownDelay=00:00:05");
var stopping = CancellationToken.None; // after SIGTERM readiness fails, but requests are still served during the delay: the Service still sends some
var checks = builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy("The application answers."), ["live"])
    .AddCheck("running", () => stopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("It is stopping.") : HealthCheckResult.Healthy("It is not stopping."), ["ready"]);
if (guard is "Identity" or "WorkloadIdentity") checks.AddPodIdentity(settings.GetSection("PodIdentity"), tags: ["ready", "startup"]);
// Restarting a pod does not repair NMI. Liveness fails only as a last resort, minutes after the last success (the first is at the start-up gate).
var liveness = new ConfigurationBuilder().AddConfiguration(settings.GetSection("Nmi")).AddConfiguration(settings.GetSection("NmiLiveness"));
if (guard is "Identity" or "Nmi")
    checks.AddNmiHealth(settings.GetSection("Nmi"), tags: ["ready", "startup"])
        .AddNmiHealth(liveness.Build(), name: "nmi_liveness", tags: ["live", "startup"]);
if (guard is not "None") checks.AddStartupGate("startup", settings.GetSection("StartupGate").Bind); // nothing starts before these checks pass
var json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
var app = builder.Build();
stopping = app.Lifetime.ApplicationStopping;
stopping.Register(time => Task.Delay(delay, (TimeProvider)time!).Wait(), app.Services.GetService<TimeProvider>() ?? TimeProvider.System);
foreach (var tag in new[] { "live", "ready", "startup" })
    app.MapHealthChecks($"/health/{tag}", new() { Predicate = check => check.Tags.Contains(tag), ResponseWriter = WriteAsync });
app.MapGet("/whoami", async (TokenCredential credential, CancellationToken aborted) =>
{
    var scope = (settings["PodIdentity:Resource"] ?? "https://management.azure.com/") + "/.default";
    try
    {
        var token = await credential.GetTokenAsync(new([scope]), aborted).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, aborted);
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(token.Token.Split('.')[1]))!;
        return Json(new { ClientId = claims["appid"] ?? claims["azp"], token.ExpiresOn }); // whose token it is, and never the token
    }
    catch (Exception e) when (e is AuthenticationFailedException or TimeoutException)
    {
        app.Logger.LogWarning(e, "This pod could not get a token");
        return Json(new { Error = "This pod could not get a token. GET /health/ready says why." }, StatusCodes.Status503ServiceUnavailable);
    }
});
if (onLaptop) app.MapPodIdentitySimulator();
if (onLaptop) app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("{0}/simulator\n{0}/health/ready\n{0}/health/live", app.Urls.FirstOrDefault()));
try { await app.RunAsync(); return 0; }
catch (OperationCanceledException) when (stopping.IsCancellationRequested) { return 0; } // stopped while the gate held
catch (AggregateException e) { return Fail(string.Join('\n', e.InnerExceptions.Select(inner => inner.Message))); }
catch (Exception e) when (e is OptionsValidationException or InvalidOperationException or TimeoutException or IOException) { return Fail(e.Message); }

static int Fail(string message) { Console.Error.WriteLine(message); return 1; }
Task WriteAsync(HttpContext context, HealthReport report) =>
    Json(new { Status = $"{report.Status}", Checks = report.Entries.ToDictionary(c => c.Key, c => Describe(c.Value), StringComparer.Ordinal) }).ExecuteAsync(context);
static object Describe(HealthReportEntry check) => new
{
    Status = $"{check.Status}",
    Reason = check.Data.GetValueOrDefault(PodIdentityDataKeys.Reason),
    Hint = check.Data.GetValueOrDefault(PodIdentityDataKeys.Hint), // the description ends with it: show it once
    Description = check.Exception is null ? check.Description?.Replace($" {check.Data.GetValueOrDefault(PodIdentityDataKeys.Hint)}.", "", StringComparison.Ordinal) : "It threw.", // its text may hold a secret
};
IResult Json(object body, int? status = null) => Results.Text(JsonSerializer.Serialize(body, json) + "\n", "application/json", null, status);
