using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;

namespace WebApp.Tests.Readme.Snippets;

public class Endpoints
{
    [Fact]
    public async Task Liveness_looks_at_no_check()
    {
        var builder = Hosts.InMemory();
        builder.Services.AddHealthChecks().AddPodIdentity(_ => throw new InvalidOperationException("No credential."), tags: ["ready"]);
        await using var app = builder.Build();

        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });

        await app.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Healthy", await Hosts.AnswerOf(app, "/health/live"));
        Assert.Equal("Unhealthy", await Hosts.AnswerOf(app, "/health/ready"));
    }
}
