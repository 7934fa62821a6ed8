global using PodIdentity.HealthChecks.Probe.Tests.Support;
global using PodIdentity.HealthChecks.Testing;
global using PodIdentity.HealthChecks.Tests;
global using Xunit;
