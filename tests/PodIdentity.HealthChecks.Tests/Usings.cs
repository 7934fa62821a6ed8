global using Microsoft.Extensions.DependencyInjection;
global using Microsoft.Extensions.Diagnostics.HealthChecks;
global using PodIdentity.HealthChecks.Testing;
global using Xunit;

// MSAL lets one managed identity request of a process out at a time, and keeps one cache for all: tests that ask for tokens would wait for
// each other anyway, inside each other's deadlines.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
