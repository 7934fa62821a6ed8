using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHealthChecks()
    .AddPodIdentity(options => options.RequiredResponder = PodIdentityResponder.Nmi, tags: ["ready"])
    .AddNmiHealth(tags: ["ready"]);

var app = builder.Build();
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.Run();
